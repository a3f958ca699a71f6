import { guarded } from "../common/callback.js";
import { SteadfastError } from "../common/error.js";
import { PROTOCOL, writtenFrame } from "./frames.js";
import { runHandshake } from "./handshake.js";
import { Link } from "./link.js";
import { ALIVE, CLOSED_CLEANLY } from "./presets.js";
import { GOING_AWAY, hangUp, listen, openSocket } from "./socket.js";

/** @import { Dial, Driver, Sink } from "../steadfast_connection.js" */
/** @import { Received } from "../index.js" */
/** @import { Reports, Tell } from "./reports.js" */
/** @import { Session } from "./session.js" */

/** @typedef {Session & { driver: Driver }} Driven A session whose driver is there, as it is once the driver calls. */

/** The lowest close code (RFC 6455, 7.4.2). Deno has 0 for a dial that failed. */
const LOWEST = 1000;
/** Closed without a close frame. */
const ABNORMAL = 1006;

/**
 * The functions that the driver of `session` calls: see sink.rs. What one of them throws is an `error` event; only what
 * `dial` throws the driver hears, as the failure of a dial.
 * @param {Driven} session
 * @returns {Sink}
 */
export function driverCallbacks(session) {
  /** @param {unknown} error */
  const failed = (error) => session.publishError(error);
  const callbacks = unguarded(session);
  const entries = Object.entries(callbacks).map(([name, call]) => [name, guarded(/** @type {(...given: unknown[]) => unknown} */ (call), failed)]);
  return { ...Object.fromEntries(entries), dial: (...dial) => dialled(session, failed, ...dial) };
}

/** @param {Driven} session @returns {Omit<Sink, "dial">} */
function unguarded(session) {
  const { sender } = session;
  return {
    ask: (id, refresh) => ask(session, id, refresh),
    detach: () => session.detach(),
    error: (error) => session.publishError(error),
    event(name, detail) {
      if (name === "message.delivery") sender.renumber(detail);
      if (detail.cause && session.reason !== undefined) {
        detail.message = session.reason;
        session.reason = undefined;
      }
      session.publish(name, detail);
    },
    ping: (id) => session.link?.ping(id),
    report: (report, last) => /** @type {Reports} */ (session.reports).send(report, last, reported(session, session.driver)),
    release: (message) => sender.release(message),
    say: (...frame) => session.link?.say(() => writtenFrame(...frame)),
    transmit: (message, most) => sender.transmit(message, most),
  };
}

/**
 * Dials, without `steadfast.v1` unless it is to be offered. The driver gets the result of the dial by `opened` and `closed`, and
 * reads `protocol` of the object that it gets, once the socket has opened.
 * @param {Driven} session
 * @param {(error: unknown) => void} failed
 * @param {number} id
 * @param {string} url
 * @param {string[]} protocols
 * @param {boolean} offer
 * @param {boolean} refresh
 * @param {() => void} opened
 * @param {(code: number, reason: string, isBlocked: boolean) => void} closed
 * @returns {Dial}
 */
function dialled(session, failed, id, url, protocols, offer, refresh, opened, closed) {
  const { WebSocket, driver, observer } = session;
  const { dialError, dialMessage, refusalOf, streamBelow } = session.dialErrors;
  const open = guarded(() => opened(), failed);
  const deliver = (/** @type {Received} */ data) => session.deliver(data);
  const offered = offer ? protocols : protocols.filter((protocol) => protocol !== PROTOCOL);
  const socket = openSocket(WebSocket, url, offered, session.socketOptions);
  const dial = { socket, isGivenUp: false, protocol: "" };
  const refusal = refusalOf?.(socket);
  const watchBytes = streamBelow?.(socket);
  session.reason = undefined;
  /** @type {number | undefined} What an error said, until the socket has opened, or of a message that is too long. */
  let known;
  try {
    listen(socket, {
      opened: guarded(() => {
        dial.protocol = /** @type {Link} */ (session.link).readProtocol();
        watchBytes?.((now) => session.link?.id === id && session.driver?.heard(id, ALIVE, now));
        if (session.handshake) void runHandshake(session, /** @type {Link} */ (session.link), refresh, open);
        else opened();
      }, failed),
      failed: guarded((event) => {
        known = dialError?.(event) ?? known;
        session.reason = dialMessage?.(event);
        observer?.failed(socket, event);
      }, failed),
      closed: guarded((code, reason, isBlocked, event) => {
        if (dial.isGivenUp) {
          if (event?.wasClean && session.driver === driver) driver.heard(id, CLOSED_CLEANLY, performance.now());
          return;
        }
        observer?.closed(socket, event);
        closed(known ?? (code < LOWEST ? ABNORMAL : code), refusal?.() ?? reason, isBlocked);
      }, failed),
    });
    session.link = new Link(socket, id, session.driver, session.heartbeat.language, { deliver, failed });
    observer?.attached(socket);
  } catch (error) {
    session.link = undefined;
    hangUp(dial, GOING_AWAY);
    throw error;
  }
  return dial;
}

/**
 * Asks the user's function where to dial. The driver has forgotten the question if the answer took too long.
 * @param {Driven} session
 * @param {number} id
 * @param {boolean} refresh
 */
async function ask(session, id, refresh) {
  const { driver } = session;
  /** @type {[url: string | undefined, protocolsOrError: unknown]} */
  let answer;
  try {
    answer = await /** @type {Exclude<Session["address"], string>} */ (session.address)(refresh);
  } catch (error) {
    answer = [undefined, error];
  }
  if (session.driver === driver) driver.answered(id, ...answer);
}

/**
 * Handles the collector's answer to a report of `driver`, which may have been replaced meanwhile.
 * @param {Driven} session
 * @param {Driver} driver
 * @returns {Tell}
 */
function reported(session, driver) {
  return (batchId, status, ...advice) => {
    if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) {
      session.publishError(new SteadfastError("report.refused", `the collector refused a report with status ${status}`));
    }
    if (session.driver === driver) driver.reported(batchId, status, ...advice);
  };
}
