import * as steadfast from "steadfast";
import { talk } from "./talking.js";

export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get("url");
    return Response.json(await talk(steadfast, url));
  },
};
