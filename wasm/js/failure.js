import { SteadfastError } from "./error.js";

/** What kind of failure it was, as the module knows them. */
export const FINAL = 0;
export const OVERLOAD = 1;
export const TRANSPORT = 2;

/** A failure, judged: its class, and how many ms the other side asked to be left alone, −1 if it did not. */
class Judgement {
  constructor(kind, retryAfter = -1) {
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
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

/** Whether what an operation returned is the response of a request that failed. */
export function isFailedResponse(value) {
  const status = value?.status;
  return typeof status === "number" && STATUSES.has(status) && typeof value.headers?.get === "function";
}

/** Judges what an operation threw, or the failed response that it returned. */
export function judge(failure, { classify, retryIf } = {}, attempt) {
  if (failure?.name === "AbortError") return new Judgement(FINAL);
  const judgement = asked(classify?.(failure)) ?? judgeByItself(failure);
  if (judgement.kind !== FINAL && retryIf && !retryIf(failure, attempt)) judgement.kind = FINAL;
  return judgement;
}

/** Reads the body of a response to its end without keeping it, so that its connection can be used again. */
export function discard(value) {
  if (typeof value?.body?.cancel === "function" && !value.bodyUsed) value.body.cancel().catch(() => {});
}

function asked(verdict) {
  if (verdict === undefined) return undefined;
  const { kind, retryAfter = -1 } = typeof verdict === "string" ? { kind: verdict } : verdict;
  if (!KINDS.has(kind) || typeof retryAfter !== "number" || Number.isNaN(retryAfter)) {
    const message = 'classify: expected "final", "overload", "transport", { kind, retryAfter? } or nothing';
    throw new SteadfastError("config.type", message, "classify");
  }
  return new Judgement(KINDS.get(kind), retryAfter);
}

function judgeByItself(failure) {
  if (failure?.name === "TimeoutError") return new Judgement(OVERLOAD);
  if (failure?.code === "circuit.open") return new Judgement(FINAL);
  // Libraries throw errors that know the response, or at least its status.
  const response = failure?.response ?? failure;
  const status = response?.status;
  if (typeof status !== "number") return new Judgement(TRANSPORT);
  const kind = STATUSES.get(status);
  if (kind !== undefined) return new Judgement(kind, retryAfter(response.headers));
  return new Judgement(status >= 400 && status < 500 ? FINAL : TRANSPORT);
}

/** The header `Retry-After`, in either of its forms (RFC 9110, 10.2.3), in ms; −1 without. */
function retryAfter(headers) {
  const header = typeof headers?.get === "function" ? headers.get("retry-after") : undefined;
  if (typeof header !== "string") return -1;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  if (Number.isNaN(at)) return -1;
  // By the server's clock where it says what that shows.
  const now = Date.parse(headers.get("date"));
  return Math.max(0, at - (Number.isNaN(now) ? Date.now() : now));
}
