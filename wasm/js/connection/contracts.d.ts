// What the parts of a connection know of each other.

import type { Received, SessionOptions, ConnectOptions, OutboxOptions, WebSocketLike, SessionRecord } from "../index.js";

/** A socket of the platform's class, or of the user's: what classes outside of browsers have besides is optional. */
export interface Socket extends WebSocketLike {
  readonly url?: string;
  readonly extensions?: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: Received }) => void) | null;
  onclose: ((event: SocketEnd) => void) | null;
  onerror: ((event: SocketFailure) => void) | null;
  /** Ends the network connection at once. */
  terminate?(): void;
  /** Of `ws`, whose sockets are emitters of Node. */
  emit?(name: string, ...given: any[]): boolean; // any: what an event of an emitter has depends on its name
  once?(name: string, listener: (...given: any[]) => void): void; // any: as above
}

export type SocketClass = new (url: string, protocols?: string[], options?: object) => Socket;

/** What is read of a `close` event. */
export interface SocketEnd {
  readonly code?: number;
  readonly reason?: string;
  readonly wasClean?: boolean;
}

/** What is read of an `error` event. */
export interface SocketFailure {
  readonly message?: string;
  readonly error?: any; // any: classes put there what they like
}

/** Told of sockets, and of messages as they come: a `SteadfastWebSocket` shows both. */
export interface Observer {
  attached(socket: Socket): void;
  closed(socket: Socket, event: SocketEnd): void;
  failed(socket: Socket, event: SocketFailure): void;
  message(data: Received): void;
}

/** The options as the module reads them, after everything that it does not know was taken out. */
export interface PreparedOptions extends Omit<ConnectOptions, "heartbeat" | "outbox" | "protocols" | "report" | "session"> {
  session: SessionOptions & { sessionId: string };
  heartbeat?: unknown;
  outbox?: OutboxOptions;
  protocols: string[] | undefined;
  report?: unknown;
}

/** What a control frame says: its kind, up to three numbers, of which −1 stands for what is absent, and a token. */
export type Frame = [kind: number, first?: number, second?: number, third?: number, token?: string];

/** Told what a page goes through. */
export interface PageCallbacks {
  wish(what: number): void;
  leaving(how?: { left?: boolean }): void;
  back(): Promise<void>;
}

/** What is saved of a session, and was checked when it was loaded. */
export type SavedSession = Pick<SessionRecord, "sessionId" | "snapshot" | "messages">;

/** What a message is kept as while it waits: a buffer as a copy. */
export type KeptPayload = SessionRecord["messages"][number][1];
