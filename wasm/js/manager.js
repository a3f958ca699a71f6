import { dispatch } from "./callback.js";
import { closeOnDispose } from "./dispose.js";
import { SteadfastError, requireText } from "./error.js";
import { CustomEvent, EventTarget } from "./events.js";
import { Manager } from "./steadfast_services.js";

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
    this.#half = new Manager(config, () => this.#tell());
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

  disconnect(sessionId, code) {
    requireText("sessionId", sessionId);
    const state = this.#open.disconnect(sessionId, code);
    this.#tell();
    return state;
  }

  scheduleReconnection(sessionId, retryConfig, strategy) {
    requireText("sessionId", sessionId);
    const scheduled = this.#open.scheduleReconnection(sessionId, retryConfig, strategy);
    this.#tell();
    return scheduled;
  }

  reconnectionFailed(sessionId) {
    requireText("sessionId", sessionId);
    const scheduled = this.#open.reconnectionFailed(sessionId);
    this.#tell();
    return scheduled;
  }

  getConnection(sessionId) {
    requireText("sessionId", sessionId);
    return this.#open.connection(sessionId);
  }

  connections() {
    return this.#open.connections();
  }

  getConnectionsByUser(userId) {
    requireText("userId", userId);
    return this.#open.connections(userId);
  }

  getConnectionsByOrganization(organizationId) {
    requireText("organizationId", organizationId);
    return this.#open.connections(undefined, organizationId);
  }

  remove(sessionId) {
    requireText("sessionId", sessionId);
    const state = this.#open.remove(sessionId);
    this.#tell();
    return state;
  }

  totals() {
    return this.#open.totals();
  }

  addEventListener(type, ...rest) {
    if (!this.#heard) {
      this.#heard = true;
      this.#half?.watch();
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
    for (let next = this.#half?.nextOutput(); next; next = this.#half?.nextOutput()) {
      const [sessionId, what] = next;
      const due = typeof what === "number";
      const type = due ? "reconnect" : what.name.replace(/^connection\./, "");
      const detail = due ? { sessionId, attempt: what } : { sessionId, ...what };
      dispatch(this, new CustomEvent(type, { detail }));
    }
  }
}

closeOnDispose(Managing);
