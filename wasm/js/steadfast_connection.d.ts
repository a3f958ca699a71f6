// The glue of the module for connections, which is written when the package is built: see wasm/src/connection.rs and
// wasm/src/sink.rs, which say what each method does.

import type { Socket } from "./connection/contracts.js";
import type { ConnectionState } from "./index.js";

export function imports(): WebAssembly.Imports;
export function started(instance: WebAssembly.Instance): object;

export class Driver {
  constructor(
    sink: Sink,
    address: string | undefined,
    refreshes: boolean,
    options: object,
    beats: boolean | undefined,
    snapshot?: Uint8Array,
    messages?: Float64Array,
  );
  admit(bytes: number): void;
  answered(socket: number, url: string | undefined, protocolsOrError: unknown): void;
  close(): void;
  control(
    socket: number,
    speaks: boolean,
    now: number,
    kind: number,
    first?: number,
    second?: number,
    third?: number,
    token?: string,
  ): void;
  enqueue(message: number, bytes: number, ttl: number | undefined): void;
  figure(which: number): number;
  finish(limit: number): void;
  free(): void;
  handshakeFailed(socket: number, code: number): void;
  heard(socket: number, what: number, now: number): void;
  pass(message: number, bytes: number, now: number, buffered: number): boolean;
  promised(socket: number, silence: number, now: number): void;
  recover(): void;
  refused(socket: number, message: number): void;
  reported(batchId: string, status: number, retryAfter: number, interval: number, sampling: number): void;
  snapshot(): Uint8Array;
  state(): ConnectionState;
  wish(what: number): void;
}

/** A socket that was dialled, by which the driver reaches it again. */
export interface Dial {
  readonly socket: Socket;
  isGivenUp: boolean;
  protocol: string;
}

/** The functions that a driver calls. */
export interface Sink {
  ask(id: number, refresh: boolean): void;
  detach(): void;
  dial(
    id: number,
    url: string,
    protocols: string[],
    offer: boolean,
    refresh: boolean,
    opened: () => void,
    closed: (code: number, reason: string, isBlocked: boolean) => void,
  ): Dial;
  error(error: unknown): void;
  event(name: string, detail: EventDetail): void;
  ping(id: number): void;
  release(message: number): void;
  report(report: { batchId: string }, last: boolean): void;
  say(kind: number, number: number, session?: string, token?: string): void;
  transmit(message: number, most: number): number;
}

/** The payload of an event: see `ConnectionEventMap` in types/connection.d.ts for that of each name. */
export interface EventDetail {
  at: number;
  name: string;
  [member: string]: any; // any: what else there is depends on the name
}
