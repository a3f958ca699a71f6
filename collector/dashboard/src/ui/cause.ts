/** Why a link was lost or did not come up, in words. */

import type { Cause } from "../collector/wire.ts";
import { word } from "./format.ts";

const CLOSES: Record<number, string> = {
  1000: "normal closure",
  1001: "going away",
  1002: "protocol error",
  1003: "unsupported data",
  1005: "no reason given",
  1006: "cut off",
  1007: "invalid data",
  1008: "policy violation",
  1009: "message too big",
  1011: "internal error",
  1012: "restarting",
  1013: "try again later",
  1014: "bad gateway",
  1015: "TLS handshake failed",
};

const WORDS: Record<Cause["kind"], string> = {
  blocked: "Address not allowed",
  certificate: "Certificate not accepted",
  closed_by_peer: "Closed by the server",
  closed_by_user: "Closed by the client",
  connect_timeout: "No answer in time",
  dns: "Host name not resolved",
  handshake_failed: "Login failed",
  heartbeat_timeout: "Heartbeats unanswered",
  message_too_long: "Message too long",
  network: "Network failed",
  no_address: "No address",
  not_web_socket: "Not a WebSocket server",
  page_left: "Page left",
  panicked: "Client panicked",
  protocol_violation: "Protocol broken",
  proxy: "Refused by the proxy",
  reconnect_requested: "New link requested",
  redirect: "Redirect not followed",
  rejected: "Refused",
  subprotocol: "Sub-protocol not offered",
  suspended: "Client suspended",
  tls: "TLS handshake failed",
  tls_expected: "TLS expected",
  tls_unsupported: "TLS not spoken",
};

/** The kinds of causes, by their names on the wire. */
export const CAUSES = Object.keys(WORDS);

/** `Closed by the server`, for the kind of a cause. A later client may tell of more. */
export function causeWord(kind: string): string {
  return (WORDS as Record<string, string>)[kind] ?? word(kind.replaceAll("_", " "));
}

/** `the server closed it with 1012 (restarting)` */
export function because(cause: Cause): string {
  switch (cause.kind) {
    case "blocked":
      return "the browser does not allow the address";
    case "certificate":
      return "the server's certificate was not accepted";
    case "closed_by_peer": {
      const meaning = CLOSES[cause.code];
      return `the server closed it with ${cause.code}${meaning ? ` (${meaning})` : ""}`;
    }
    case "closed_by_user":
      return "the client closed it";
    case "connect_timeout":
      return "no answer in time";
    case "dns":
      return "the host's name could not be resolved";
    case "handshake_failed":
      return cause.code === undefined ? "the login failed" : `the login failed with ${cause.code}`;
    case "heartbeat_timeout":
      return "heartbeats went unanswered";
    case "message_too_long":
      return "the server sent a message that is too long";
    case "network":
      return "the network failed";
    case "no_address":
      return "no address could be had";
    case "not_web_socket":
      return "the answer is not that of a WebSocket server";
    case "page_left":
      return "its page was left";
    case "panicked":
      return "code of the client panicked";
    case "protocol_violation":
      return "the server broke the protocol";
    case "proxy":
      return "the proxy refused the connection";
    case "reconnect_requested":
      return "the client asked for a new link";
    case "redirect":
      return "the server's redirect cannot be followed";
    case "rejected":
      return cause.status > 0 ? `refused with status ${cause.status}` : "refused";
    case "subprotocol":
      return "the server chose a sub-protocol that was not offered";
    case "suspended":
      return "the client was suspended";
    case "tls":
      return "the TLS handshake failed";
    case "tls_expected":
      return "the port expects TLS";
    case "tls_unsupported":
      return "the port does not speak TLS";
    default:
      return (cause as { kind: string }).kind.replaceAll("_", " "); // Of a later client.
  }
}
