// What users write of `SteadfastWebSocket` has to pass the compiler, and what they get wrong not. Nothing here is run.

import { SteadfastWebSocket, type Connection, type SteadfastWebSocketOptions } from "steadfast";
import { SteadfastWebSocket as Inline } from "steadfast/inline";
import { WebSocket as Ws } from "ws";

const options: SteadfastWebSocketOptions = {
  fatalCloseCodes: [4001],
  shouldReconnect: ({ code, reason, wasClean }) => code !== 4002 && reason !== "no" && wasClean,
  maxReconnectionDelay: 10_000,
  minReconnectionDelay: 1000,
  reconnectionDelayGrowFactor: 1.3,
  minUptime: 5000,
  connectionTimeout: 4000,
  maxRetries: Infinity,
  maxEnqueuedMessages: 100,
  startClosed: true,
  debug: false,
  reconnect: false,
  closeTimeout: 1000,
  heartbeat: { preset: "phoenix" },
  session: { organizationId: "acme" },
  WebSocket: Ws,
};
const socket: WebSocket = new SteadfastWebSocket("wss://example.com/", "chat", options);
const Class: typeof WebSocket = SteadfastWebSocket;
const Configured: typeof WebSocket = SteadfastWebSocket.with({ maxRetries: 0 });
new (SteadfastWebSocket.with(options).with({ debug: true }))(new URL("wss://example.com/"), ["a", "b"]);
const inline = new Inline(async () => "wss://example.com/", () => ["token"]);

const open: 1 = SteadfastWebSocket.OPEN;
const closed: 3 = inline.CLOSED;
inline.onmessage = ({ data, origin }: MessageEvent<unknown>) => void [data, origin];
inline.addEventListener("close", ({ code, reason, wasClean }) => void [code.toFixed(), reason.trim(), wasClean satisfies boolean]);
inline.binaryType = "arraybuffer";
inline.send("text");
inline.send(new Uint8Array(1));
inline.reconnect(3000, "fresh");
const count: number = inline.retryCount;
const connection: Connection | undefined = inline.connection;
connection?.reconnect();

class Own extends SteadfastWebSocket {
  constructor() {
    super("wss://example.com/");
  }
}

// @ts-expect-error An address is needed.
new SteadfastWebSocket();
// @ts-expect-error The option has another name.
new SteadfastWebSocket("wss://example.com/", [], { maxRetry: 3 });
// @ts-expect-error The sub-protocols are the second argument.
new SteadfastWebSocket("wss://example.com/", [], { protocols: "chat" });
// @ts-expect-error It is read only.
inline.url = "wss://example.com/";
// @ts-expect-error There is no such type.
inline.binaryType = "text";

void [socket, Class, Configured, open, closed, count, Own];
