// The glue of the module for services, which is written when the package is built: see wasm/src/{breaker,health,manager,retry}.rs,
// which say what each method does.

import type * as types from "./index.js";

export function imports(): WebAssembly.Imports;
export function started(instance: WebAssembly.Instance): object;

export class Breaker {
  constructor(config: object);
  static consecutive(threshold: number, timeout: number): Breaker;
  readonly judgesByTime: boolean;
  readonly state: number;
  admit(now: number): number;
  forceClosed(): number;
  forceOpen(): number;
  free(): void;
  giveBack(permit: number): void;
  record(permit: number, admittedAt: number, now: number, failed: boolean): number;
  reset(): number;
  restore(snapshot: types.CircuitSnapshot): number;
  snapshot(): types.CircuitSnapshot;
}

export class Gate {
  constructor(config: object | undefined);
  swap(retries: Retries): void;
}

export class Manager {
  constructor(config: types.ManagerOptions | undefined, tell: () => void);
  connection(sessionId: string): types.ConnectionState | undefined;
  connections(userId?: string, organizationId?: string): types.ConnectionState[];
  disconnect(sessionId: string, code: number | undefined): types.ConnectionState;
  free(): void;
  liveness(sessionId: string): types.Liveness | undefined;
  /** The session, and an event or the number of the attempt that is due. */
  nextOutput(): [string, number | { at: number; name: string }] | undefined;
  observe(names: object, status: string, quality: string | undefined, figures: number[], nextIn: number): void;
  reconnectionFailed(sessionId: string): types.ScheduledReconnection | undefined;
  register(registration: object): types.ConnectionState;
  remove(sessionId: string): types.ConnectionState;
  scheduleReconnection(sessionId: string, config: object | undefined, retry: object | undefined): types.ScheduledReconnection;
  totals(): types.Totals;
  updateHeartbeat(sessionId: string, clientTimestamp: number): types.HeartbeatUpdate;
  updateStatus(sessionId: string, status: string): types.ConnectionState;
  watch(): void;
}

export class Monitor {
  constructor(manager: Manager, config: types.HealthOptions | undefined, tell: (event: { at: number; name: string }) => void);
  acknowledge(id: number): types.Alert;
  alerts(all: boolean): types.Alert[];
  free(): void;
  lag(millis: number): void;
  load(load: types.SystemLoad): void;
  metrics(): types.HealthMetrics;
  summary(): types.HealthSummary;
}

export class OperationName {
  constructor(text: string);
}

export class Policy {
  constructor(strategy: object | undefined, maxAttempts: number, deadline: number, maxServerWait: number | undefined);
  readonly threshold: number | undefined;
  readonly timeout: number | undefined;
}

export class Retries {
  constructor(config: types.RetryManagerOptions | undefined);
  readonly maxOperations: number;
  begin(name: OperationName, policy: Policy, began: number): number;
  cancel(key: number, now: number): void;
  failed(key: number, now: number, kind: number, retryAfter: number, ownDelay: number): number;
  free(): void;
  history(operationId: string | undefined): types.AttemptRecord[];
  nextEvent(): [string, { at: number; name: types.RetryEvent["name"]; error?: unknown }] | undefined;
  resumed(key: number, now: number): number;
  /** Those of all operations if there is no id; otherwise absent for one that was never seen. */
  stats(operationId: string | undefined): any; // any: which of the two it is depends on the argument
  succeeded(key: number, now: number): void;
  succeededAtOnce(name: OperationName, took: number, at: number): void;
  watch(watched: boolean): void;
}
