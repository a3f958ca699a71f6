// The entry for programs that only connect, in Node, Deno and Bun: see index.js.

import { readFileSync } from "node:fs";
import { connectingOf, connections } from "./connecting.js";
import { dialError, dialMessage } from "./dial-errors.js";
import { Loader } from "./loader.js";
import { socketClass } from "./node-socket.js";
import { Offers } from "./offers.js";

const address = new URL("./steadfast_connection_bg.wasm", import.meta.url);
const loader = new Loader(connections, { bytes: () => readFileSync(address) }, { socketClass, dialErrors: { dialError, dialMessage, Offers } });

export const ready = () => loader.ready();
export const { connect, SteadfastWebSocket } = connectingOf(loader);
export { SteadfastError } from "./error.js";
