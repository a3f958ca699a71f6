/// <reference lib="esnext.disposable" />
// Circuit breakers.

import type { Detail, Listenable } from "./events.js";
import type { CallOptions, Operation } from "./retry.js";

/** What happens to circuits. */
export type CircuitEvent = { circuitId: string } & Detail<
  "circuit.opened" | "circuit.half_opened" | "circuit.closed" | "circuit.reset"
>;

export type CircuitState = "CLOSED" | "HALF_OPEN" | "OPEN";

/** What is saved and restored. */
export interface CircuitSnapshot {
  /** A half-open breaker is saved as an open one: its probes are gone. */
  state: CircuitState;
  /** Whether somebody decided it by hand. */
  forced?: boolean;
  /** When a probe may go (Unix ms); absent unless open. */
  openUntil?: number;
  /** How often it opened since it was last closed. */
  openings?: number;
}

/** The events of a breaker, by the name to listen for. */
export type CircuitEventMap = { [Name in CircuitEvent["name"]]: CustomEvent<CircuitEvent> };

/**
 * Calls `operation` once, unless the circuit of this id is open: after `threshold` failures in a row (5 by default) it
 * opens for `timeout` ms (30,000 by default), and rejects with a `SteadfastError` `circuit.open`, whose `retryIn` says in
 * how many ms a probe may go. What counts as a failure is the same as for `executeWithRetry`; errors that would not be
 * tried again do not speak against the circuit.
 */
export function executeWithCircuitBreaker<Result>(
  circuitId: string,
  operation: Operation<Result>,
  threshold?: number,
  timeout?: number,
  options?: CallOptions,
): Promise<Result>;

/** After `threshold` failures in a row it opens, for `timeout` ms at first. */
export interface ConsecutiveOptions {
  /** For messages and events; `unnamed` by default. */
  circuitId?: string;
  /** At least 1; 5 by default. */
  threshold?: number;
  /** 1 to a day; 30,000 by default. */
  timeout?: number;
}

/** When a breaker opens, and for how long. Times are ms. */
export interface BreakerOptions {
  threshold?: never;
  timeout?: never;
  /** For messages and events; `unnamed` by default. */
  circuitId?: string;
  /** The number of failures in a row that opens it. With it the failure rate counts only if it is given too. */
  consecutiveFailures?: number;
  /** It opens when this share of the calls in the window failed, above 0 to 1; 0.5 by default. */
  failureRate?: number;
  /** It opens when this share of the calls in the window were slow; 0.5 by default. */
  slowRate?: number;
  /** A call that takes longer is slow; no call is by default. */
  slowCall?: number;
  /** With fewer calls in the window no rate is judged; 5 by default. */
  minimumCalls?: number;
  /** The number of calls in the window, 1 to 64; 20 by default. */
  windowCalls?: number;
  /** The window reaches back no further than this; 30,000 by default. */
  windowTime?: number;
  /** How long it stays open at first; 30,000 by default. It doubles while probes fail. */
  openFor?: number;
  /** It never stays open for longer; 300,000 by default. */
  maxOpenFor?: number;
  /**
   * The number of probes that pass when it is half open, 1 to 7; 1 by default. It opens again as soon as `failureRate` of
   * them have failed, or the first where no rate is judged, and closes when all have ended without that.
   */
  probes?: number;
  /** A probe that has not ended after this is given up; 30,000 by default. */
  probeTimeout?: number;
}

/** Turns calls away while most of them fail. Answers at once: see `ready()`. */
export interface CircuitBreaker extends Listenable<CircuitEventMap> {}
export class CircuitBreaker {
  constructor(options?: ConsecutiveOptions | BreakerOptions);
  readonly circuitId: string;
  /** As the last call left it: an open breaker becomes half open when somebody calls after its time. */
  readonly state: CircuitState;
  /** Calls `operation`, unless it is open: then it rejects with `circuit.open`. */
  execute<Result>(operation: Operation<Result>, options?: CallOptions): Promise<Result>;
  /** Opens it, until it is reset, restored, or closed by hand. */
  forceOpen(): void;
  /** Closes it, whatever happens, until it is reset, restored, or opened by hand. */
  forceClosed(): void;
  /** Closes it and forgets everything. */
  reset(): void;
  snapshot(): CircuitSnapshot;
  restore(snapshot: CircuitSnapshot): void;
  /** Lets go of it. */
  close(): void;
  [Symbol.dispose](): void;
}
