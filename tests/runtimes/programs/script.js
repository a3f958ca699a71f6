import * as steadfast from "steadfast";
import { talk } from "./talking.js";

const [url] = process.argv.slice(2);
console.log(JSON.stringify(await talk(steadfast, url)));
