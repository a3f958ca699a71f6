import { closeOnDispose } from "./dispose.js";
import { SteadfastError, requireText } from "./error.js";
import { Manager } from "./steadfast_wasm.js";

/** The Rust half of a manager. */
export let halfOf;

/** What a `ConnectionManager` does; the class itself belongs to an entry, which starts the module first. */
export class Managing extends EventTarget {
  static {
    halfOf = (manager) => {
      if (typeof manager === "object" && manager !== null && #half in manager) return manager.#open;
      throw new SteadfastError("config.type", "manager: expected a ConnectionManager", "manager");
    };
  }

  #half;
  /** Whether anybody ever listened. */
  #heard = false;

  constructor(config) {
    super();
    this.#half = new Manager(config);
  }

  registerConnection(sessionId, userId, organizationId, clientType, metadata) {
    requireText("sessionId", sessionId);
    requireText("organizationId", organizationId);
    requireText("clientType", clientType);
    const state = this.#open.register({ sessionId, userId, organizationId, clientType, metadata });
    this.#tell();
    return state;
  }

  updateHeartbeat(sessionId, clientTimestamp) {
    requireText("sessionId", sessionId);
    const update = this.#open.updateHeartbeat(sessionId, clientTimestamp);
    this.#tell();
    return update;
  }

  updateStatus(sessionId, status) {
    requireText("sessionId", sessionId);
    requireText("status", status);
    const state = this.#open.updateStatus(sessionId, status);
    this.#tell();
    return state;
  }

  getConnection(sessionId) {
    requireText("sessionId", sessionId);
    return this.#open.connection(sessionId);
  }

  connections() {
    return this.#open.connections();
  }

  remove(sessionId) {
    requireText("sessionId", sessionId);
    return this.#open.remove(sessionId);
  }

  totals() {
    return this.#open.totals();
  }

  addEventListener(type, ...rest) {
    if (!this.#heard) {
      this.#heard = true;
      // What happened before anybody listened is no news.
      while (this.#half?.nextEvent());
    }
    super.addEventListener(type, ...rest);
  }

  close() {
    this.#half?.free();
    this.#half = undefined;
  }

  get #open() {
    if (this.#half) return this.#half;
    throw new SteadfastError("manager.closed", "the manager is closed");
  }

  /** Tells of what happened. A listener may call back, and close. */
  #tell() {
    if (!this.#heard) return;
    for (let next = this.#half.nextEvent(); next; next = this.#half?.nextEvent()) {
      const [sessionId, event] = next;
      const type = event.name.replace(/^connection\./, "");
      this.dispatchEvent(new CustomEvent(type, { detail: { sessionId, ...event } }));
    }
  }
}

closeOnDispose(Managing);
