/** Causes of a failed dial as numbers that are neither close codes nor statuses: `told` in socket.rs reads them. */
export const CAUSE = {
  CERTIFICATE: 1,
  DNS: 2,
  MESSAGE_TOO_LONG: 3,
  NOT_WEB_SOCKET: 4,
  REDIRECT: 5,
  SUBPROTOCOL: 6,
  TLS: 7,
  TLS_EXPECTED: 8,
  TLS_UNSUPPORTED: 9,
};
