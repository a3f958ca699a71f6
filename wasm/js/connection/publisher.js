import { dispatch } from "../common/callback.js";
import { CustomEvent, Event, MessageEvent } from "../platform/events.js";
import { Messages } from "./messages.js";

/** @import { EventDetail } from "../steadfast_connection.js" */
/** @import { Received } from "../index.js" */

/** Dispatches the events of a connection, and hands its messages to listeners and to iterators. */
export class Publisher {
  /** Whether a listener for messages was ever added: without one no event is made of a message. */
  hasMessageListeners = false;
  /** Whether a listener for errors was ever added: without one a rejection is the only way to tell of an error. */
  hasErrorListeners = false;
  /** @type {EventTarget} */
  #target;
  /** @type {Set<Messages>} */
  #iterators = new Set();

  /**
   * Events are dispatched at `target`.
   * @param {EventTarget} target
   */
  constructor(target) {
    this.#target = target;
  }

  /**
   * The messages from now on, as an iterator; one that has ended, if `isOver`.
   * @param {boolean} isOver
   */
  iterator(isOver) {
    const messages = new Messages((ended) => this.#iterators.delete(ended));
    if (isOver) messages.end();
    else this.#iterators.add(messages);
    return messages;
  }

  /**
   * Hands a message to listeners and iterators.
   * @param {any} data any: a `Blob` only where nobody iterates
   */
  deliver(data) {
    if (this.hasMessageListeners) dispatch(this.#target, new MessageEvent("message", { data }));
    for (const messages of this.#iterators) messages.push(data);
  }

  /**
   * Dispatches an event of the driver, and those that follow from it.
   * @param {string} name
   * @param {EventDetail} detail
   */
  publish(name, detail) {
    const type = name.replace(/^connection\./, "");
    dispatch(this.#target, new CustomEvent(type, { detail }));
    if (type !== "status.changed") return;
    if (detail.to === "CONNECTED") dispatch(this.#target, new Event("open"));
    if (detail.to === "DISCONNECTED" || detail.to === "FAILED") this.endIterators();
  }

  /**
   * Dispatches an `error` event.
   * @param {unknown} error
   */
  publishError(error) {
    dispatch(this.#target, Object.assign(new Event("error"), { error }));
  }

  /**
   * Ends every iterator; with an error, if there is one.
   * @param {unknown} [error]
   */
  endIterators(error) {
    for (const messages of this.#iterators) messages.end(error);
  }
}
