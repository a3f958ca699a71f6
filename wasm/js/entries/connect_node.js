// The entry for programs that only connect, in Node, Deno and Bun: see index.js.

import { connectingOf, connections } from "../connection/connecting.js";
import { dialError, dialMessage, refusalOf } from "../connection/dial-errors.js";
import { Loader } from "../platform/loader.js";
import { fileAt } from "../platform/node-file.js";
import { watchSleep } from "../platform/node-sleep.js";
import { socketClass, streamBelow } from "../platform/node-socket.js";

const NAME = "steadfast_connection_bg.wasm";
const bytes = () => fileAt(new URL("./steadfast_connection_bg.wasm", import.meta.url), NAME, import.meta.url);
const dialErrors = { dialError, dialMessage, refusalOf, streamBelow };
const loader = new Loader(connections, { bytes }, { socketClass, watchSleep, dialErrors });

export const ready = () => loader.ready();
export const { connect, SteadfastWebSocket } = connectingOf(loader);
export { SteadfastError } from "../common/error.js";
