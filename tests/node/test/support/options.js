import { WebSocket } from "ws";

/** Options of a connection that comes back quickly. */
export const QUICK = {
  WebSocket,
  retry: { type: "EXPONENTIAL", baseDelay: 20, maxDelay: 100 },
};

/** Heartbeats that need no patience. */
export const BEATING = {
  preset: "steadfast",
  intervals: { excellent: 50, good: 50, poor: 50, critical: 50, unknown: 50 },
  lateMin: 50,
  lateMax: 100,
  maxMissed: 3,
  probeAfterSend: 50,
};
