// The entry that needs no second file: see index.js.

import { connectingOf, connections } from "../connection/connecting.js";
import { Loader } from "../platform/loader.js";
import { socketClass } from "../platform/node-socket.js";
import * as persistence from "../persistence/persistence.js";
import { services, servicesOf } from "../platform/serving.js";
import connectionModule from "../steadfast_connection_base64.js";
import servicesModule from "../steadfast_services_base64.js";

/** @param {string} base64 */
const decoded = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
const connecting = new Loader(connections, { bytes: () => decoded(connectionModule) }, { persistence: () => persistence, socketClass });
const serving = new Loader(services, { bytes: () => decoded(servicesModule) });

export const { connect, SteadfastWebSocket } = connectingOf(connecting);
export const {
  executeWithCircuitBreaker,
  executeWithRetry,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
} = servicesOf(serving);
export const ready = () => Promise.all([connecting.ready(), serving.ready()]).then(() => undefined);
export { SteadfastError } from "../common/error.js";
