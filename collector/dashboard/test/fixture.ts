import type { Session } from "../src/collector/wire.ts";

/** A session that is connected, with these fields otherwise. */
export function session(sessionId: string, fields: Partial<Session> = {}): Session {
  return {
    sessionId,
    organizationId: "default",
    status: "CONNECTED",
    clientType: "native",
    reconnectAttempts: 0,
    missedHeartbeats: 0,
    totalDisconnections: 0,
    liveness: "LIVE",
    firstHeard: 0,
    lastHeard: 0,
    ...fields,
  };
}
