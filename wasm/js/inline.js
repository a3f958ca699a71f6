// The entry that needs no second file: see index.js.

import { Loader } from "./loader.js";
import { packageOf } from "./package.js";
import base64 from "./steadfast_wasm_base64.js";

const loader = new Loader({ bytes: () => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)) });

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
