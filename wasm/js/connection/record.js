/** @import { ConnectionState } from "../index.js" */
/** @import { PreparedOptions } from "./contracts.js" */

/**
 * The record of a session that was never connected.
 * @param {Pick<PreparedOptions, "session" | "maxReconnectAttempts">} options
 * @returns {ConnectionState}
 */
export function firstRecord({ session, maxReconnectAttempts }) {
  const { sessionId, userId, organizationId = "default", clientType = "web", metadata } = session;
  return {
    sessionId,
    ...(userId !== undefined && { userId }),
    organizationId,
    status: "DISCONNECTED",
    clientType,
    reconnectAttempts: 0,
    ...(maxReconnectAttempts !== undefined && { maxReconnectAttempts }),
    missedHeartbeats: 0,
    totalDisconnections: 0,
    ...(metadata !== undefined && { metadata }),
  };
}
