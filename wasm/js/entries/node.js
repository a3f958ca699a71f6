// The entry for Node, Deno and Bun: see index.js.

export { connect, SteadfastError, SteadfastWebSocket } from "./connect_node.js";
export {
  executeWithCircuitBreaker,
  executeWithRetry,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
} from "./services_node.js";
export { ready } from "./ready_node.js";
