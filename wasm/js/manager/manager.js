import { dispatch } from "../common/callback.js";
import { closeOnDispose } from "../common/dispose.js";
import { SteadfastError, describe, requireNumber, requireText } from "../common/error.js";
import { CustomEvent, EventTarget } from "../platform/events.js";
import { Manager } from "../steadfast_services.js";

/** @import { ConnectionState, ManagerOptions, Metadata, ReconnectOptions, RetryStrategy, Status } from "../index.js" */

/** The longest that a session may announce to be silent, in ms: a day. */
const LONGEST_SILENCE = 86_400_000;

/** @type {(keyof ConnectionState)[]} The numbers of a record, in the order in which manager.rs reads them. */
const FIGURES = [
  "connectedAt",
  "lastHeartbeat",
  "disconnectedAt",
  "latency",
  "missedHeartbeats",
  "totalDisconnections",
  "reconnectAttempts",
  "maxReconnectAttempts",
];

/** @type {(manager: unknown) => Manager} The manager of the module that an instance wraps. */
export let innerOf;

/** What a `ConnectionManager` does; the class itself belongs to an entry, which starts the module first. */
export class ConnectionManagerBase extends EventTarget {
  static {
    innerOf = (manager) => {
      if (typeof manager === "object" && manager !== null && #inner in manager) return manager.#open;
      throw new SteadfastError("config.type", "manager: expected a ConnectionManager", "manager");
    };
  }

  /** @type {Manager | undefined} */
  #inner;
  /** Whether anybody ever listened. */
  #heard = false;

  /** @param {ManagerOptions} [config] */
  constructor(config) {
    super();
    this.#inner = new Manager(config, () => this.#tell());
  }

  /**
   * @param {string} sessionId
   * @param {string | undefined} userId
   * @param {string} organizationId
   * @param {string} clientType
   * @param {Metadata} [metadata]
   */
  registerConnection(sessionId, userId, organizationId, clientType, metadata) {
    requireText("sessionId", sessionId);
    requireText("organizationId", organizationId);
    requireText("clientType", clientType);
    const state = this.#open.register({ sessionId, userId, organizationId, clientType, metadata });
    this.#tell();
    return state;
  }

  /** @param {ConnectionState} record @param {number} nextIn */
  observe(record, nextIn) {
    if (typeof record !== "object" || record === null) {
      throw new SteadfastError("config.type", `record: expected a record, not ${describe(record)}`, "record");
    }
    const { sessionId, userId, organizationId, clientType, metadata, status, connectionQuality } = record;
    requireText("sessionId", sessionId);
    requireText("status", status);
    if (connectionQuality !== undefined) requireText("connectionQuality", connectionQuality);
    requireNumber("nextIn", nextIn);
    if (!(nextIn >= 0 && nextIn <= LONGEST_SILENCE)) {
      throw new SteadfastError("config.out_of_range", `nextIn is ${nextIn}; allowed is 0 ms to a day`, "nextIn");
    }
    const figures = FIGURES.map((name) => /** @type {number | undefined} */ (record[name]) ?? -1);
    const names = { sessionId, userId, organizationId, clientType, metadata };
    this.#open.observe(names, status, connectionQuality, figures, nextIn);
    this.#tell();
  }

  /** @param {string} sessionId */
  getLiveness(sessionId) {
    requireText("sessionId", sessionId);
    return this.#open.liveness(sessionId);
  }

  /** @param {string} sessionId @param {number} clientTimestamp */
  updateHeartbeat(sessionId, clientTimestamp) {
    requireText("sessionId", sessionId);
    const update = this.#open.updateHeartbeat(sessionId, clientTimestamp);
    this.#tell();
    return update;
  }

  /** @param {string} sessionId @param {Status} status */
  updateStatus(sessionId, status) {
    requireText("sessionId", sessionId);
    requireText("status", status);
    const state = this.#open.updateStatus(sessionId, status);
    this.#tell();
    return state;
  }

  /** @param {string} sessionId @param {number} [code] */
  disconnect(sessionId, code) {
    requireText("sessionId", sessionId);
    const state = this.#open.disconnect(sessionId, code);
    this.#tell();
    return state;
  }

  /** @param {string} sessionId @param {ReconnectOptions} [retryConfig] @param {RetryStrategy} [strategy] */
  scheduleReconnection(sessionId, retryConfig, strategy) {
    requireText("sessionId", sessionId);
    const scheduled = this.#open.scheduleReconnection(sessionId, retryConfig, strategy);
    this.#tell();
    return scheduled;
  }

  /** @param {string} sessionId */
  reconnectionFailed(sessionId) {
    requireText("sessionId", sessionId);
    const scheduled = this.#open.reconnectionFailed(sessionId);
    this.#tell();
    return scheduled;
  }

  /** @param {string} sessionId */
  getConnection(sessionId) {
    requireText("sessionId", sessionId);
    return this.#open.connection(sessionId);
  }

  connections() {
    return this.#open.connections();
  }

  /** @param {string} userId */
  getConnectionsByUser(userId) {
    requireText("userId", userId);
    return this.#open.connections(userId);
  }

  /** @param {string} organizationId */
  getConnectionsByOrganization(organizationId) {
    requireText("organizationId", organizationId);
    return this.#open.connections(undefined, organizationId);
  }

  /** @param {string} sessionId */
  remove(sessionId) {
    requireText("sessionId", sessionId);
    const state = this.#open.remove(sessionId);
    this.#tell();
    return state;
  }

  totals() {
    return this.#open.totals();
  }

  /** @param {string} type @param {[EventListenerOrEventListenerObject | null, (boolean | AddEventListenerOptions)?]} rest */
  addEventListener(type, ...rest) {
    if (!this.#heard) {
      this.#heard = true;
      this.#inner?.watch();
    }
    super.addEventListener(type, ...rest);
  }

  close() {
    this.#inner?.free();
    this.#inner = undefined;
  }

  get #open() {
    if (this.#inner) return this.#inner;
    throw new SteadfastError("manager.closed", "the manager is closed");
  }

  /** Tells of what happened. A listener may call back, and close. */
  #tell() {
    for (let next = this.#inner?.nextOutput(); next; next = this.#inner?.nextOutput()) {
      const [sessionId, what] = next;
      const due = typeof what === "number";
      const type = due ? "reconnect" : what.name.replace(/^connection\./, "");
      const detail = due ? { sessionId, attempt: what } : { sessionId, ...what };
      dispatch(this, new CustomEvent(type, { detail }));
    }
  }
}

closeOnDispose(ConnectionManagerBase);
