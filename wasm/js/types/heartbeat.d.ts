// How the life of a peer is probed.

import type { Payload, Received } from "./connection.js";

/** How the peer's life is probed, in ms. */
export interface ProbingOptions {
  /** The time between two pings, by quality. By default 25,000, 20,000, 10,000, 5,000, and 1,000 while unknown. */
  intervals?: { excellent?: number; good?: number; poor?: number; critical?: number; unknown?: number };
  /** The spread of the interval, as a share of it: 0 to 0.5; 0.1 by default. */
  jitter?: number;
  /**
   * A pong is late after twice the retransmission time-out of RFC 6298, but not before this; 2,400 by default. It may be late by
   * more where pongs of this session were, and by as long as the bytes sent before its ping take at 16 KiB a second.
   */
  lateMin?: number;
  /**
   * … and not after this, but for the bytes sent before its ping; 20,000 by default. Where the answer to a message is waited for, up
   * to twenty times as long, if links of this session were silent for longer and yet alive.
   */
  lateMax?: number;
  /** The number of late pongs in a row that means that the peer is dead: 1 to 100; 3 by default. */
  maxMissed?: number;
  /**
   * A message to which nothing comes back is followed by a ping after this long; 1,000 by default. One that is sent after a second
   * or more in which nothing came is preceded by a ping, too.
   */
  probeAfterSend?: number;
}

/** The known protocols that `heartbeat.preset` speaks. */
export type HeartbeatPreset = "centrifuge" | "engine.io" | "graphql-transport-ws" | "phoenix" | "steadfast";

/**
 * How heartbeats read. Without a preset and without functions a connection sends nothing of its own, unless the server
 * chose the sub-protocol `steadfast.v1`, which means that it answers pings. Every message that comes shows that the peer
 * lives; a pong also measures how far away it is. Pings, pongs and answers are kept from listeners.
 */
export type HeartbeatOptions = ProbingOptions & (HeartbeatInProtocol | HeartbeatByFunctions);

export interface HeartbeatInProtocol {
  /**
   * - `steadfast` sends `{"steadfast":"ping","id":7}` and expects `{"steadfast":"pong","id":7}`.
   * - `phoenix` sends `[null,"steadfast:7","phoenix","heartbeat",{}]` (serializer 2) and expects the reply to it. The
   *   replies to another's heartbeats are messages.
   * - `graphql-transport-ws` sends `{"type":"ping","payload":{"steadfast":7}}`; a pong without a payload answers the
   *   oldest ping in flight. Pings of the server are answered.
   * - `centrifuge` answers the server's `{}` if its reply to `connect` asked for it, and sends nothing else. A server that
   *   is silent for the `ping` of that reply and 10 s more is dead.
   * - `engine.io` (version 4) answers the server's `2` with `3`, and sends nothing else. A server that is silent for the
   *   `pingInterval` and the `pingTimeout` of its handshake together is dead.
   */
  preset?: HeartbeatPreset;
  ping?: undefined;
  pong?: undefined;
  answer?: undefined;
  promise?: undefined;
}

/** Functions of one's own. One that throws leads to an `error` event, and what it was asked about is a message. */
export interface HeartbeatByFunctions {
  preset?: undefined;
  /** The ping with this id, which counts up from 0 and fits 32 bits. Without this function none is sent. */
  ping?(id: number): Payload;
  /**
   * Whether a message is a pong: the id of the ping that it answers, or `true` if it does not say, which answers the
   * oldest of up to four pings in flight.
   */
  pong?(data: Received): number | true | undefined;
  /** What to answer if a message is a ping of the server. Asked of what is no pong. */
  answer?(data: Received): Payload | undefined;
  /**
   * How long the server will be silent at most, in ms, if a message says so: more than 0 and at most a day. Asked of every
   * message. From then on a link over which nothing at all came for longer is dead.
   */
  promise?(data: Received): number | undefined;
}
