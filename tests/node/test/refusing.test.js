import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ConnectionManager, HealthMonitor, connect } from "steadfast";
import { WebSocket } from "ws";
import { next } from "./support/waiting.js";

const URL_OF_NOTHING = "ws://127.0.0.1:1/";
const conformance = JSON.parse(readFileSync(new URL("../../conformance/refusals.json", import.meta.url), "utf8"));

/** What each case changes: options that are accepted. */
const ACCEPTED = {
  WebSocket,
  session: { sessionId: "s", userId: "u", organizationId: "o", clientType: "c", metadata: { plan: "pro" } },
  heartbeat: { preset: "steadfast" },
  report: { url: "http://127.0.0.1:1/v1/reports", key: "pk_test" },
};

function changed(options) {
  const merged = { ...ACCEPTED };
  for (const [name, value] of Object.entries(options)) {
    const into = ACCEPTED[name];
    merged[name] = into && typeof into === "object" && typeof value === "object" ? { ...into, ...value } : value;
  }
  return merged;
}

function refusal(url, options) {
  const sockets = [];
  class Counted extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  }
  try {
    connect(url, { ...options, WebSocket: "WebSocket" in options && options.WebSocket !== WebSocket ? options.WebSocket : Counted });
  } catch (error) {
    assert.equal(error.name, "SteadfastError", error.stack);
    assert.equal(sockets.length, 0, "nothing was dialled");
    return error;
  }
  assert.fail("it was accepted");
}

test("the options that the cases change are accepted", async () => {
  await connect(URL_OF_NOTHING, ACCEPTED).close();
});

for (const { name, url, code } of conformance.urls) {
  test(`${name} is refused`, () => assert.equal(refusal(url, ACCEPTED).code, code));
}

for (const { name, options, code, field } of conformance.options) {
  test(`${name}: it is refused by the name of its field`, () => {
    const error = refusal(URL_OF_NOTHING, changed(options));
    assert.equal(error.code, code, error.message);
    assert.equal(error.field, field, error.message);
  });
}

for (const { name, options, code, field } of conformance.health) {
  test(`${name}: no monitor has it, and the name of the field is said`, () => {
    const manager = new ConnectionManager();
    const error = refusalOf(() => new HealthMonitor(manager, options).close());
    manager.close();
    assert.deepEqual([error.name, error.code, error.field], ["SteadfastError", code, field], error.message);
  });
}

for (const { name, options, code, field } of conformance.manager) {
  test(`${name}: no manager has it, and the name of the field is said`, () => {
    const error = refusalOf(() => new ConnectionManager(options).close());
    assert.deepEqual([error.name, error.code, error.field], ["SteadfastError", code, field], error.message);
  });
}

const OF_JAVASCRIPT = [
  ["no URL", undefined, {}, "config.url", "url"],
  ["a number for a URL", 7, {}, "config.url", "url"],
  ["a relative URL without a page", "/live", {}, "config.url", "url"],
  ["an empty fragment", "ws://127.0.0.1:1/#", {}, "config.url", "url"],
  ["options that are none", URL_OF_NOTHING, "fast", "config.type", "options"],
  ["an unknown option", URL_OF_NOTHING, { retires: {} }, "config.unknown_field", "retires"],
  ["an unknown option further in", URL_OF_NOTHING, { retry: { type: "FIXED", maxdelay: 1 } }, "config.unknown_field", "retry.maxdelay"],
  ["an unknown interval", URL_OF_NOTHING, { heartbeat: { intervals: { best: 1 } } }, "config.unknown_field", "heartbeat.intervals.best"],
  ["an unknown retry type", URL_OF_NOTHING, { retry: { type: "QUADRATIC" } }, "config.out_of_range", "retry.type"],
  ["no retry type", URL_OF_NOTHING, { retry: { baseDelay: 1 } }, "config.out_of_range", "retry.type"],
  ["a text for a delay", URL_OF_NOTHING, { retry: { type: "FIXED", fixedDelay: "1s" } }, "config.type", "retry.fixedDelay"],
  ["a negative delay", URL_OF_NOTHING, { stableAfter: -5 }, "config.out_of_range", "stableAfter"],
  ["no number", URL_OF_NOTHING, { connectTimeout: NaN }, "config.out_of_range", "connectTimeout"],
  ["half an attempt", URL_OF_NOTHING, { maxReconnectAttempts: 1.5 }, "config.type", "maxReconnectAttempts"],
  ["an unknown preset", URL_OF_NOTHING, { heartbeat: { preset: "smoke" } }, "config.unknown_value", "heartbeat.preset"],
  ["a preset that is no name", URL_OF_NOTHING, { heartbeat: { preset: 7 } }, "config.type", "heartbeat.preset"],
  ["a preset along with a function", URL_OF_NOTHING, { heartbeat: { preset: "phoenix", ping: String } }, "config.type", "heartbeat.ping"],
  ["a text for a function", URL_OF_NOTHING, { heartbeat: { pong: "pong" } }, "config.type", "heartbeat.pong"],
  ["a preset by the name of a member of objects", URL_OF_NOTHING, { heartbeat: { preset: "toString" } }, "config.unknown_value", "heartbeat.preset"],
  ["sub-protocols that are none", URL_OF_NOTHING, { protocols: 7 }, "config.type", "protocols"],
  ["a heartbeat that is none", URL_OF_NOTHING, { heartbeat: true }, "config.type", "heartbeat"],
  ["a list for an object", URL_OF_NOTHING, { outbox: [] }, "config.type", "outbox"],
  ["a number for a session id", URL_OF_NOTHING, { session: { sessionId: 7 } }, "config.type", "session.sessionId"],
  ["metadata within metadata", URL_OF_NOTHING, { session: { metadata: { a: { b: 1 } } } }, "config.type", "session.metadata"],
  ["a close code that is none", URL_OF_NOTHING, { fatalCloseCodes: [70_000] }, "config.type", "fatalCloseCodes"],
  ["a collector that is not on the web", URL_OF_NOTHING, { report: { url: "ftp://a/", key: "k" } }, "config.url", "report.url"],
  ["a report without a key", URL_OF_NOTHING, { report: { url: "http://a/" } }, "config.type", "report.key"],
  ["a key with a line break", URL_OF_NOTHING, { report: { url: "http://a/", key: "a\nb" } }, "config.type", "report.key"],
  ["a class that is none", URL_OF_NOTHING, { WebSocket: {} }, "config.type", "WebSocket"],
];

for (const [name, url, options, code, field] of OF_JAVASCRIPT) {
  test(`${name}: it is refused, and said what`, () => {
    const error = typeof options === "string" ? refusalOf(() => connect(url, options)) : refusal(url, { WebSocket, ...options });
    assert.equal(error.code, code, error.message);
    assert.equal(error.field, field, error.message);
  });
}

function refusalOf(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  assert.fail("it was accepted");
}

test("where there is no WebSocket class it says how to give one", { skip: globalThis.WebSocket !== undefined }, () => {
  assert.match(refusalOf(() => connect(URL_OF_NOTHING)).message, /connect\(url, \{ WebSocket \}\)/);
});

test("options that are undefined are as good as absent", async () => {
  const nothing = { retry: undefined, heartbeat: undefined, report: undefined, session: undefined, protocols: undefined };
  const retry = { type: "FIXED", fixedDelay: 1000, multiplier: undefined };
  await connect(URL_OF_NOTHING, { WebSocket, ...nothing, retry, maxReconnectAttempts: undefined }).close();
});

test("a sub-protocol that no class can offer is refused at once, and by a function's dial", async () => {
  for (const protocols of ["a b", "", ["a", "b,c"], ["a", "a"], ["ä"]]) {
    const { code, field } = refusal(URL_OF_NOTHING, { ...ACCEPTED, protocols });
    assert.deepEqual([code, field], ["config.protocol", "protocols"], JSON.stringify(protocols));
  }
  assert.match(refusal(URL_OF_NOTHING, { protocols: "a b" }).message, /"a b".*: expected tokens/);
  assert.equal(refusal(URL_OF_NOTHING, { protocols: [5] }).code, "config.type");
  const conn = connect(URL_OF_NOTHING, { WebSocket, protocols: () => "a b" });
  assert.equal((await next(conn, "error")).error.code, "config.protocol");
  await conn.close();
});

test("a message's time to live is refused with what is allowed, whatever is wrong with it", () => {
  for (const ttl of [-5, 0, 86_400_001]) {
    const { message } = refusal(URL_OF_NOTHING, { ...ACCEPTED, outbox: { ttl } });
    assert.equal(message, `outbox.ttl is ${ttl}; allowed is more than 0 ms and at most a day`);
  }
});
