import type {
  Address,
  Asked,
  Connection,
  ConnectionState,
  ConnectOptions,
  HealthMetrics,
  HealthMonitor,
  Quality,
} from "./index.js";

export interface UseConnectionOptions extends ConnectOptions {
  /** Whether a connection is wanted, by default true. While it is false there is none: it is closed if nobody else uses it. */
  enabled?: boolean;
  /**
   * Components that name the same key share a connection. The address by default; if that is a function, the component has
   * a connection of its own.
   */
  key?: string;
}

/**
 * Keeps a connection up while a component is mounted: `undefined` on a server and until the first effect has run. All who
 * use the same address, or the same `key`, share one connection, which is closed when the last of them unmounts. Its
 * options are those of the first: a change of theirs changes nothing, a change of the address or the key is another
 * connection. `undefined` too without an address (`undefined`, `null` or `false`), and while `enabled` is false, for what
 * is not known yet: `useConnection(user && url)`. What makes no sense is thrown to the next error boundary.
 */
export function useConnection(
  address: Address | ((asked: Asked) => Address | Promise<Address>) | false | null | undefined,
  options?: UseConnectionOptions,
): Connection | undefined;

/**
 * The record of a connection's session, as of its last event; the same object as long as it reads the same. `undefined`
 * without a connection and on a server.
 */
export function useConnectionState(connection: Connection | null | undefined): ConnectionState | undefined;

/** How good a link is. What is not known yet is absent. */
export interface LinkQuality {
  quality: Quality | undefined;
  /** 0 to 100. */
  score: number | undefined;
  /** The running average of the round-trip time, in ms. */
  latency: number | undefined;
}

/** How good a connection's link is, as of its last event; the same object as long as it reads the same. */
export function useQuality(connection: Connection | null | undefined): LinkQuality | undefined;

/** The metrics that a monitor collected last; the same object until it collects others. */
export function useHealth(monitor: HealthMonitor | null | undefined): HealthMetrics | undefined;
