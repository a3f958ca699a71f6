// The entry for browsers, workers and bundlers. Built by `cargo xtask npm`; see pkg.json's `exports`.
//
//   steadfast          index.js   fetches the module, on first use, from beside this file
//   steadfast (Node)   node.js    reads the module, on first use, from beside this file (also Deno and Bun)
//   steadfast/inline   inline.js  carries the module in itself (steadfast_wasm_base64.js)
//
// All three export the same: see index.d.ts. Importing any of them does nothing else. steadfast_wasm.js and steadfast_wasm_bg.wasm come from wasm-bindgen and lie beside these files.

import { fetchedNow } from "./fetching.js";
import { Loader } from "./loader.js";
import { packageOf } from "./package.js";

const address = () => new URL("./steadfast_wasm_bg.wasm", import.meta.url);
const loader = new Loader({ response: () => fetch(address()), now: () => fetchedNow(address()) });

export const {
  connect,
  executeWithCircuitBreaker,
  executeWithRetry,
  ready,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
  SteadfastWebSocket,
} = packageOf(loader);
export { SteadfastError } from "./error.js";
