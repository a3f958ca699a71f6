// The entry for browsers, workers and bundlers. Built by `cargo xtask npm`; see pkg.json's `exports`.
//
//   steadfast           index.js         fetches a module, on first use, from beside this file
//   steadfast (Node)    node.js          reads a module, on first use, from beside this file (also Deno and Bun)
//   steadfast (workerd) workerd.js       imports both modules as workerd compiled them
//   steadfast/inline    inline.js        carries both modules (steadfast_*_base64.js) and all scripts in itself
//   steadfast/persist   persist.js       carries the script for the option `persist`
//   steadfast/connect   connect.js,      as the first three, of what connections need
//                       connect_node.js,
//                       connect_workerd.js
//
// The first four export the same: see index.d.ts. Importing any of them does nothing else. steadfast_connection.js,
// steadfast_services.js and their modules come from wasm-bindgen and lie beside these files. Each half stands in files of
// its own, so that a bundler leaves out the one that is not used.

export { connect, SteadfastError, SteadfastWebSocket } from "./connect.js";
export {
  executeWithCircuitBreaker,
  executeWithRetry,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
} from "./services.js";
export { ready } from "./ready.js";
