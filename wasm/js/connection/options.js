import { checkedOffer, reportAddress } from "./address.js";
import { SteadfastError, describe } from "../common/error.js";
import { checkedTtl } from "./outbox.js";

/** @import { ConnectOptions, OutboxOptions, SessionOptions } from "../index.js" */
/** @import { PreparedOptions, SocketClass } from "./contracts.js" */

/** What a function may offer as far as the module cares: a server that chose it answers heartbeats. */
const POSSIBLE = ["steadfast.v1"];

/**
 * The options as the module reads them: with a session id, a WebSocket class, which `classOf` gives for the one in the
 * options, and an absolute address for reports. What is wrong otherwise the module says.
 * @param {ConnectOptions | undefined} options
 * @param {(given?: Unchecked) => unknown} classOf
 * @returns {PreparedOptions & { WebSocket: SocketClass }}
 */
export function prepared(options = {}, classOf) {
  if (!isObject(options)) {
    throw new SteadfastError("config.type", `options: expected an object, not ${describe(options)}`, "options");
  }
  const { session, protocols, report, outbox, persist: _, persistKey: __, closeTimeout: ___, handshake: ____, ...rest } = options;
  return {
    ...rest,
    outbox: isObject(outbox) ? withoutPersist(outbox) : outbox,
    WebSocket: socketClass(classOf(options.WebSocket)),
    socketOptions: checkedSocketOptions(options.socketOptions),
    protocols: typeof protocols === "function" ? POSSIBLE : checkedOffer(protocols),
    report: isObject(report) ? { ...report, url: reportAddress(report.url), token: report.token ?? randomId() } : report,
    session: isObject(session ?? {}) ? { ...session, sessionId: session?.sessionId ?? randomId() } : /** @type {Unchecked} */ (session),
  };
}

/**
 * The same session under another name.
 * @param {SessionOptions} session
 */
export function anotherSession(session) {
  return { ...session, sessionId: randomId() };
}

/**
 * Only this half keeps messages; and the module would call a negative time too small for any number.
 * @param {OutboxOptions} outbox
 */
function withoutPersist({ persist, ...outbox }) {
  if (/** @type {number} */ (outbox.ttl) < 0) checkedTtl("outbox.ttl", outbox.ttl);
  if (persist === undefined || typeof persist === "boolean") return outbox;
  throw new SteadfastError("config.type", `outbox.persist: expected a truth value, not ${describe(persist)}`, "outbox.persist");
}

/** @param {unknown} given @returns {SocketClass} */
function socketClass(given) {
  if (typeof given === "function") return /** @type {SocketClass} */ (given);
  const problem = given === undefined ? "there is none here; give one: connect(url, { WebSocket })" : "expected a class";
  throw new SteadfastError("config.type", `WebSocket: ${problem}`, "WebSocket");
}

/** @param {unknown} given */
function checkedSocketOptions(given) {
  if (given === undefined || isObject(given)) return given;
  throw new SteadfastError("config.type", `socketOptions: expected an object, not ${describe(given)}`, "socketOptions");
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** 128 random bits. (`crypto.randomUUID` is missing on pages without TLS.) */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
