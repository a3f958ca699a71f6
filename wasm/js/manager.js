import { closeOnDispose } from "./dispose.js";
import { SteadfastError, requireText } from "./error.js";
import { PROBING, SESSION, number, numbers, object, oneOf, outOfRange, read, strategy, whole, wrong } from "./fields.js";
import { Manager } from "./steadfast_services.js";
import { timers } from "./timers.js";

/** In the order of `Status::ALL`. */
const status = oneOf(["CONNECTED", "DISCONNECTED", "FAILED", "RECONNECTING", "SUSPENDED"]);
const RECONNECT = { maxAttempts: whole, attemptTimeout: number };
/** After the first two, in the order of manager.rs. */
const MANAGER = {
  retry: strategy,
  heartbeat: object(PROBING),
  maxSessions: whole,
  maxSessionsPerOrganization: whole,
  maxSessionsPerUser: whole,
  maxEvents: whole,
  expectHeartbeats: (value, field) => {
    if (value === undefined || typeof value === "boolean") return value;
    throw wrong(field, "expected true or false");
  },
  staleAfter: (value, field) => {
    if (value === undefined || value === false) return value === false ? -1 : value;
    if (typeof value === "number") return value > 0 ? value : 0;
    throw wrong(field, "expected a number or false");
  },
  reconnect: (value, field) => [value === false ? undefined : 1, ...read(value === false ? undefined : value, RECONNECT, field)],
};

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
    const [[type, timing], heartbeat, ...rest] = read(config, MANAGER);
    const wait = timers(() => {
      this.#half.elapsed();
      this.#tell();
    });
    this.#half = new Manager(type, numbers(rest, timing, heartbeat), { wait });
  }

  registerConnection(sessionId, userId, organizationId, clientType, metadata) {
    requireText("sessionId", sessionId);
    requireText("organizationId", organizationId);
    requireText("clientType", clientType);
    const half = this.#open;
    const session = read({ sessionId, clientType, userId, organizationId, metadata }, SESSION);
    const state = half.register(session.flat());
    this.#tell();
    return state;
  }

  updateHeartbeat(sessionId, clientTimestamp) {
    requireText("sessionId", sessionId);
    const half = this.#open;
    if (!(Number(clientTimestamp) >= 0 && clientTimestamp < Infinity)) {
      throw outOfRange("clientTimestamp", clientTimestamp, "a time stamp as Date.now() gives it");
    }
    const update = half.updateHeartbeat(sessionId, clientTimestamp);
    this.#tell();
    return update;
  }

  updateStatus(sessionId, to) {
    requireText("sessionId", sessionId);
    requireText("status", to);
    const state = this.#open.updateStatus(sessionId, status(to, "status"));
    this.#tell();
    return state;
  }

  disconnect(sessionId, code) {
    requireText("sessionId", sessionId);
    const state = this.#open.disconnect(sessionId, code);
    this.#tell();
    return state;
  }

  scheduleReconnection(sessionId, retryConfig, retry) {
    requireText("sessionId", sessionId);
    const half = this.#open;
    const limits = read(retryConfig, RECONNECT, "reconnect");
    const [type, timing] = strategy(retry);
    const scheduled = half.scheduleReconnection(sessionId, type, numbers(limits, timing));
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
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }
  }
}

closeOnDispose(Managing);
