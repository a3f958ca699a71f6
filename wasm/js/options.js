import { listOf, reportAddress } from "./address.js";
import { SteadfastError, describe } from "./error.js";
import { PROBING, SESSION, isObject, list, number, numbers, object, oneOf, read, strategy, whole, wrong } from "./fields.js";

/** What a function may offer as far as the module cares: a server that chose it answers heartbeats. */
const POSSIBLE = ["steadfast.v1"];

/** On which links heartbeats are sent: see options.rs. */
const NEVER = 0;
const IF_NEGOTIATED = 1;
const ALWAYS = 2;

const codes = list((code) => Number.isInteger(code) && code >= 0 && code <= 0xffff, "expected a list of close codes");

/** What the module is to know, after what it is not, in the order of options.rs. */
const OPTIONS = {
  WebSocket: () => {},
  protocols: (given, field) => {
    if (given === undefined || (Array.isArray(given) && given.every((entry) => typeof entry === "string"))) return given;
    throw wrong(field, "expected a list of texts");
  },
  session: object(SESSION),
  retry: strategy,
  outbox: object({
    maxMessages: whole,
    maxBytes: whole,
    ttl: number,
    overflow: oneOf(["reject", "drop-oldest", "drop-newest"]),
  }),
  maxReconnectAttempts: whole,
  connectTimeout: number,
  stableAfter: number,
  maxIdle: number,
  maxSilence: number,
  suspendHiddenAfter: number,
  fatalCloseCodes: codes,
  expiredCloseCodes: codes,
  heartbeat: object(PROBING),
  report: (given, field) => (given === undefined ? [given, given] : [1, ...read(given, { interval: number }, field)]),
};

/** What a driver is made with, of options that were prepared; with `beats`, heartbeats are sent on every link. */
export function driverOptions(options, beats) {
  const [, protocols, session, [retry, timing], ...rest] = read(options, OPTIONS);
  const ifAny = protocols?.includes(POSSIBLE[0]) ? IF_NEGOTIATED : NEVER;
  return [session.flat(), retry, numbers(timing, rest), beats ? ALWAYS : ifAny];
}

/**
 * The options as the module reads them: with a session id, a WebSocket class and an absolute address for reports. What
 * is wrong otherwise the module says.
 */
export function prepared(options = {}) {
  if (!isObject(options)) {
    throw new SteadfastError("config.type", `options: expected an object, not ${describe(options)}`, "options");
  }
  const { session, protocols, report, outbox, persist: _, persistKey: __, ...rest } = options;
  return {
    ...rest,
    outbox: isObject(outbox) ? withoutPersist(outbox) : outbox,
    WebSocket: socketClass(options.WebSocket),
    protocols: typeof protocols === "function" ? POSSIBLE : listOf(protocols),
    report: isObject(report) ? { ...report, url: reportAddress(report.url) } : report,
    session: isObject(session ?? {}) ? { ...session, sessionId: session?.sessionId ?? randomId() } : session,
  };
}

/** The same session under another name. */
export function anotherSession(session) {
  return { ...session, sessionId: randomId() };
}

/** Only this half keeps messages. */
function withoutPersist({ persist, ...outbox }) {
  if (persist === undefined || typeof persist === "boolean") return outbox;
  throw new SteadfastError("config.type", `outbox.persist: expected a truth value, not ${describe(persist)}`, "outbox.persist");
}

function socketClass(given = globalThis.WebSocket) {
  if (typeof given === "function") return given;
  const problem = given === undefined ? "there is none here; give one: connect(url, { WebSocket })" : "expected a class";
  throw new SteadfastError("config.type", `WebSocket: ${problem}`, "WebSocket");
}

/** 128 random bits. (`crypto.randomUUID` is missing on pages without TLS.) */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
