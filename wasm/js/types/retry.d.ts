/// <reference lib="esnext.disposable" />
// Calls that are tried again.

import type {
  CircuitBreaker,
  CircuitEventMap,
  CircuitSnapshot,
  CircuitState,
  executeWithCircuitBreaker,
} from "./breaker.js";
import type { Detail, Listenable } from "./events.js";
import type { RetryThrottle } from "./throttle.js";

/** The waits between attempts, in ms. A field that the type has no use for is ignored. */
export interface RetryStrategy {
  /**
   * `ADAPTIVE` tells a lost network from an overloaded server. `EXPONENTIAL` waits
   * `baseDelay · multiplier^(attempt − 1)`, `LINEAR` `baseDelay + increment · (attempt − 1)`, both up to `maxDelay`;
   * `FIXED` waits `fixedDelay`, or `baseDelay`. `CIRCUIT_BREAKER` waits as `EXPONENTIAL` does, behind a breaker, whose
   * id is the operation's.
   */
  type: "ADAPTIVE" | "CIRCUIT_BREAKER" | "EXPONENTIAL" | "FIXED" | "LINEAR";
  /** Above 0; 1000 by default. */
  baseDelay?: number;
  fixedDelay?: number;
  /**
   * At least `baseDelay`; 30,000 by default, 60,000 for `ADAPTIVE`. The longest wait of `ADAPTIVE` is a sixth of it after a
   * refusal, twice as long after an overload (429, 503, 1013), five times after a dial that failed after seconds of silence,
   * ten times after what waiting does not mend.
   */
  maxDelay?: number;
  /** At least 1; 2 by default. */
  multiplier?: number;
  /** `baseDelay` by default. */
  increment?: number;
  /** `true` is `"full"`, which is the default; `false` is `"none"`, the default of `FIXED`. */
  jitter?: boolean | "decorrelated" | "equal" | "full" | "none";
  /** Replaces the jitter by a narrower one, from 0 to 1: a delay d becomes d·U(1 − r, 1 + r). */
  jitterRange?: number;
  /** The number of failures in a row that opens the breaker; 5 by default. */
  circuitBreakerThreshold?: number;
  /** It stays open for so long at first, 1 to a day; 30,000 by default. */
  circuitBreakerTimeout?: number;
}

/** What an operation is handed at each attempt. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the attempt is given up: it took too long, or the operation was cancelled. */
  readonly signal: AbortSignal;
}

/** What is called, and called again. */
export type Operation<Result> = (attempt: Attempt) => Result | PromiseLike<Result>;

/** `final` would fail again, `overload` asks for longer waits, `transport` is anything else. */
export type FailureKind = "final" | "overload" | "transport";

/**
 * A strategy of your own: gives the delay before the next attempt in ms, 0 to a day (more is taken for a day), or
 * `undefined` to wait as the default strategy would. It is called after an attempt has failed, if there may be another
 * one: `attempt` is the number of the one that failed, from 1, and `error` is what it threw, or the failed `Response`.
 * `Retry-After` stays a floor under the delay. If it throws, or returns anything else (`config.type` or
 * `config.out_of_range`, field `strategy`), the operation is rejected with that and not tried again.
 */
export type DelayFunction = (attempt: number, error: unknown) => number | undefined;

/** A failure, judged. `retryAfter` is how many ms the other side asked to be left alone. */
export type Judgement = FailureKind | { kind: FailureKind; retryAfter?: number };

export interface CallOptions {
  /**
   * Cancels the call, whatever the reason is, and counts neither as a failure nor as a success. Of a signal that only
   * the operation knows, the package sees what the operation throws: an error of cancelling (`AbortError`, `ABORT_ERR`,
   * `CanceledError` and `ERR_CANCELED` of axios, `CancelError` of got, `UND_ERR_ABORTED` of undici), or an error with
   * such a `cause`. `fetch` throws the reason itself, so a reason of your own has to come by this option.
   */
  signal?: AbortSignal;
  /** Judges what was thrown, or the failed `Response` that was returned; `undefined` leaves it to the defaults. */
  classify?: (failure: unknown) => Judgement | undefined;
}

export interface RetryCallOptions extends CallOptions {
  /** An attempt that takes longer, in ms, is given up as a `TimeoutError`; no limit by default. */
  perAttemptTimeout?: number;
  /** Time in ms after which no further attempt begins; no limit by default. */
  deadline?: number;
  /**
   * The longest wait, in ms, that a server may ask for by `Retry-After`; after a longer one the operation is not tried
   * again. From 1 to 2,592,000,000 (30 days); by default ten times the strategy's `maxDelay` or 300,000, whichever is
   * more.
   */
  maxServerWait?: number;
  /** Whether a failure is worth another attempt. Asked only where the defaults, or `classify`, would try again. */
  retryIf?: (failure: unknown, attempt: number) => boolean;
  /** Gets the events of this operation. */
  onEvent?: (event: RetryEvent) => void;
  /** Holds retries back while too many fail. Shared by all calls that it is given to. */
  throttle?: RetryThrottle;
}

/** What happens to operations. Times are Unix time stamps in ms, durations are ms. */
export type RetryEvent =
  | ({ operationId: string } & Detail<"retry.attempt", { attempt: number; delay: number }>)
  | ({ operationId: string } & Detail<"retry.failed", { attempt: number; class?: "overload" | "transport"; error: unknown }>)
  | ({ operationId: string } & Detail<"retry.success", { attempt: number; took: number }>)
  | ({ operationId: string } & Detail<"retry.exhausted", { attempts: number }>);

export interface RetryManagerOptions {
  /** The most operations under way; 100,000 by default. */
  maxOperations?: number;
  /** The most attempts in the history; 1000 by default. */
  maxHistory?: number;
  /** The most operation ids that are counted apart; 1000 by default. */
  maxCounted?: number;
}

/** An operation under way. */
export interface OperationState {
  operationId: string;
  /** The attempt that is being made, or was made last; from 1. */
  attempt: number;
  /** When the next one is due, while it waits (Unix ms). */
  nextAttemptAt?: number;
}

/** An attempt that has ended. */
export interface AttemptRecord {
  operationId: string;
  attempt: number;
  /** When it ended (Unix ms). */
  at: number;
  outcome: "cancelled" | "success" | FailureKind;
  /** The wait that followed, in ms; absent if it was the last. */
  delay?: number;
}

/** Counts of attempts, of one operation or of all. */
export interface RetryStats {
  attempts: number;
  successes: number;
  transportFailures: number;
  overloadFailures: number;
  finalFailures: number;
  cancellations: number;
  /** Operations that were given up after a failure. */
  exhausted: number;
  /** All waits together, in ms. */
  totalDelay: number;
  /** Successes per attempt, 0 to 1; absent without one. */
  successRate?: number;
}

/** The events of a manager, by the name to listen for. */
export type RetryManagerEventMap = {
  [Name in RetryEvent["name"]]: CustomEvent<Extract<RetryEvent, { name: Name }>>;
} & CircuitEventMap;

/**
 * Calls `operation` until it succeeds, at most `maxAttempts` times (3 by default; `Infinity` for no limit), and gives
 * what it gave. The first attempt is made at once. An object that was once given as `strategy` must not be changed.
 *
 * A failure is what it throws or rejects with, and a `Response` (or what looks like one) with status 408, 425, 429, 500,
 * 502, 503 or 504. `Retry-After` is obeyed up to `maxServerWait`. Errors of cancelling (see `signal`) are never tried
 * again, nor are errors with another status of 400 to 499 in `status`, `statusCode` or those of `response`.
 *
 * After the last attempt the promise is rejected with the operation's own error, or fulfilled with the `Response`. It is
 * rejected with a `SteadfastError`, which has the last error as its `cause`, if there was no other attempt because of the
 * deadline (`retry.deadline`), the throttle (`retry.throttled`) or a `Retry-After` of more than `maxServerWait`
 * (`retry.server_wait`, with `retryAfter` in ms), if it was cancelled (`retry.cancelled`), if the breaker is open (`circuit.open`), and if an argument makes no sense (`config.…`).
 *
 * Cancelling ends a wait at once. An attempt under way learns of it by its `signal`; without `options` the promise
 * of a first attempt that ignores it is rejected when that ends, and otherwise at once.
 */
export function executeWithRetry<Result>(
  operationId: string,
  operation: Operation<Result>,
  strategy?: RetryStrategy | DelayFunction,
  maxAttempts?: number,
  options?: RetryCallOptions,
): Promise<Result>;

/**
 * Tries calls again, and remembers how they went. Answers at once: see `ready()`; the two functions of the same names
 * never make a page wait.
 */
export interface RetryManager extends Listenable<RetryManagerEventMap> {}
export class RetryManager {
  /** The manager of the two functions. */
  static readonly default: RetryManager;

  constructor(options?: RetryManagerOptions);
  /** See the function of this name. */
  executeWithRetry: typeof executeWithRetry;
  /** See the function of this name. */
  executeWithCircuitBreaker: typeof executeWithCircuitBreaker;
  /** The operations under way, the oldest first. */
  operations(): OperationState[];
  /** Ends the operations of this id at once, and says how many there were. `reason` becomes the error's `cause`. */
  cancel(operationId: string, reason?: unknown): number;
  /** The last attempts, of this operation or of all, the oldest first. */
  getRetryHistory(operationId?: string): AttemptRecord[];
  getRetryStats(): RetryStats;
  /** Absent for an operation that was never seen, or long ago. */
  getRetryStats(operationId: string): RetryStats | undefined;
  /** The breaker of this circuit. */
  circuit(circuitId: string): CircuitBreaker | undefined;
  getCircuitState(circuitId: string): CircuitState | undefined;
  getCircuits(): ({ circuitId: string } & CircuitSnapshot)[];
  /** Cancels all operations, and lets go of everything. */
  close(): void;
  [Symbol.dispose](): void;
}
