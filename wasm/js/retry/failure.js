import { SteadfastError } from "../common/error.js";

/** @import { CallOptions, RetryCallOptions } from "../index.js" */

/** What kind of failure it was, as the module knows them. */
export const FINAL = 0;
export const OVERLOAD = 1;
export const TRANSPORT = 2;

/**
 * A failure, judged: its class, how many ms the other side asked to be left alone, −1 if it did not, and whether the
 * caller gave the call up, which says nothing about the other side.
 */
export class Judgement {
  /** @param {number} kind */
  constructor(kind, retryAfter = -1, cancelled = false) {
    this.kind = kind;
    this.retryAfter = retryAfter;
    this.cancelled = cancelled;
  }
}

/**
 * The names and codes of errors by which platforms and libraries say that the caller gave a call up: the web and Node
 * (`AbortError`, `ABORT_ERR`), axios (`CanceledError`, `ERR_CANCELED`), got (`CancelError`, `ERR_ABORTED`), undici
 * (`UND_ERR_ABORTED`), and this package.
 */
const CANCELLED = new Set([
  "AbortError",
  "ABORT_ERR",
  "CanceledError",
  "CancelError",
  "ERR_ABORTED",
  "ERR_CANCELED",
  "UND_ERR_ABORTED",
  "circuit.cancelled",
  "retry.cancelled",
]);

/** How many causes of an error are looked at. */
const DEEPEST = 8;

/**
 * Whether an error says that the caller gave the call up: by itself or by one of its causes.
 * @param {Thrown} error
 */
export function isCancelled(error) {
  for (let depth = 0; depth < DEEPEST && typeof error === "object" && error !== null; depth++) {
    if (CANCELLED.has(error.name) || CANCELLED.has(error.code) || error.__CANCEL__ === true) return true;
    // Many time limits abort what they limit.
    if (error.name === "TimeoutError") return false;
    error = error.cause;
  }
  return false;
}

const KINDS = new Map([
  ["final", FINAL],
  ["overload", OVERLOAD],
  ["transport", TRANSPORT],
]);

/** The statuses of HTTP that are worth another attempt. */
const STATUSES = new Map([
  [408, TRANSPORT],
  [425, TRANSPORT],
  [429, OVERLOAD],
  [500, TRANSPORT],
  [502, TRANSPORT],
  [503, OVERLOAD],
  [504, TRANSPORT],
]);

/**
 * Whether what an operation returned is the response of a request that failed. What cannot be read is none.
 * @param {Unchecked} value
 */
export function isFailedResponse(value) {
  try {
    const status = value?.status;
    return typeof status === "number" && STATUSES.has(status) && typeof value.headers?.get === "function";
  } catch {
    return false;
  }
}

/**
 * Judges what an operation threw, or the failed response that it returned.
 * @param {Thrown} failure
 * @param {Pick<RetryCallOptions, "classify" | "retryIf"> | undefined} options
 * @param {number} attempt
 */
export function judge(failure, { classify, retryIf } = {}, attempt) {
  if (isCancelled(failure)) return new Judgement(FINAL, -1, true);
  const judgement = asked(classify?.(failure)) ?? judgeByItself(failure);
  if (judgement.kind !== FINAL && retryIf && !retryIf(failure, attempt)) judgement.kind = FINAL;
  return judgement;
}

/**
 * Reads the body of a response to its end without keeping it, so that its connection can be used again.
 * @param {Thrown} value
 */
export function discard(value) {
  try {
    if (typeof value?.body?.cancel === "function" && !value.bodyUsed) value.body.cancel()?.catch?.(() => {});
  } catch {
    // Then its connection is not used again.
  }
}

/** @param {Unchecked} verdict */
function asked(verdict) {
  if (verdict === undefined) return undefined;
  const { kind, retryAfter = -1 } = typeof verdict === "string" ? { kind: verdict } : verdict;
  if (!KINDS.has(kind) || typeof retryAfter !== "number" || Number.isNaN(retryAfter)) {
    const message = 'classify: expected "final", "overload", "transport", { kind, retryAfter? } or nothing';
    throw new SteadfastError("config.type", message, "classify");
  }
  return new Judgement(/** @type {number} */ (KINDS.get(kind)), retryAfter);
}

/** @param {Thrown} failure */
function judgeByItself(failure) {
  if (failure?.name === "TimeoutError") return new Judgement(OVERLOAD);
  if (failure?.code === "circuit.open") return new Judgement(FINAL);
  // Libraries throw errors that know the response, or at least its status.
  const response = failure?.response ?? failure;
  const status = response?.status ?? response?.statusCode;
  if (typeof status !== "number") return new Judgement(TRANSPORT);
  const kind = STATUSES.get(status);
  if (kind !== undefined) return new Judgement(kind, retryAfter(response.headers));
  return new Judgement(status >= 400 && status < 500 ? FINAL : TRANSPORT);
}

/**
 * The header `Retry-After`, in either of its forms (RFC 9110, 10.2.3), in ms; −1 without.
 * @param {Unchecked} headers
 */
export function retryAfter(headers) {
  /** @param {string} name */
  const read = (name) => (typeof headers?.get === "function" ? headers.get(name) : headers?.[name]);
  const header = read("retry-after");
  if (typeof header !== "string") return -1;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  // Every form of a date begins with the name of a day; `Date.parse` takes "-1" for one, too.
  const at = /^\s*[a-z]{3}/i.test(header) ? Date.parse(header) : NaN;
  if (Number.isNaN(at)) return -1;
  // By the server's clock where it says what that shows.
  const now = Date.parse(read("date"));
  return Math.max(0, at - (Number.isNaN(now) ? Date.now() : now));
}
