// The entry for workers that only connect, in workerd: see index.js.

import { connectingOf, connections } from "../connection/connecting.js";
import { Loader } from "../platform/loader.js";
// No bytes may be compiled there; what is imported comes compiled.
import module from "./steadfast_connection_bg.wasm";

const loader = new Loader(connections, { bytes: () => module });

export const ready = () => loader.ready();
export const { connect, SteadfastWebSocket } = connectingOf(loader);
export { SteadfastError } from "../common/error.js";
