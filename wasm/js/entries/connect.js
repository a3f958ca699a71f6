// The entry for pages that only connect, in browsers, workers and bundlers: see index.js.

import { connectingOf, connections } from "../connection/connecting.js";
import { sourceAt } from "../platform/fetching.js";
import { Loader } from "../platform/loader.js";

const address = () => new URL("./steadfast_connection_bg.wasm", import.meta.url);
const loader = new Loader(connections, sourceAt(address));

export const ready = () => loader.ready();
export const { connect, SteadfastWebSocket } = connectingOf(loader);
export { SteadfastError } from "../common/error.js";
