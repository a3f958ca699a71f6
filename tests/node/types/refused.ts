// What users get wrong has to be refused by the compiler: each `@ts-expect-error` fails if there is no error.

import { connect, ConnectionManager, SteadfastError } from "steadfast";

// @ts-expect-error An address is needed.
connect();
// @ts-expect-error A number is no address.
connect(7);
// @ts-expect-error The option has another name.
connect("wss://example.com/", { retries: {} });
// @ts-expect-error The type is unknown.
connect("wss://example.com/", { retry: { type: "QUADRATIC" } });
// @ts-expect-error The type is missing.
connect("wss://example.com/", { retry: { baseDelay: 1 } });
// @ts-expect-error A report needs a key.
connect("wss://example.com/", { report: { url: "https://example.com/" } });
// @ts-expect-error The preset is unknown.
connect("wss://example.com/", { heartbeat: { preset: "other" } });
// @ts-expect-error Either a preset or functions.
connect("wss://example.com/", { heartbeat: { preset: "phoenix", ping: () => "ping" } });
// @ts-expect-error A ping is something that can be sent.
connect("wss://example.com/", { heartbeat: { ping: () => ({}) } });
// @ts-expect-error This is no class of sockets.
connect("wss://example.com/", { WebSocket: Date });

const conn = connect("wss://example.com/");
// @ts-expect-error An object is no message.
conn.send({});
// @ts-expect-error There is no such event.
conn.addEventListener("opened", () => {});
// @ts-expect-error The record is read only.
conn.state = {};

const manager = new ConnectionManager();
// @ts-expect-error There is no such status.
manager.updateStatus("s1", "GONE");
// @ts-expect-error The organisation is missing.
manager.registerConnection("s1", "u1");

const failure = new SteadfastError("outbox.full", "outbox is full");
// @ts-expect-error There is no such code.
failure.code === "outbox.fulll";
// @ts-expect-error There is no such class of failures.
conn.addEventListener("retry.failed", ({ detail }) => detail.class === "final");
