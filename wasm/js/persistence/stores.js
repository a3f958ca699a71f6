/** @import { SteadfastError } from "../common/error.js" */
/** @import { ConnectOptions, SessionRecord, SessionStore } from "../index.js" */
/** @import { isBlob, isPayload } from "../connection/payload.js" */

/**
 * @typedef {object} Callbacks What these scripts need of the others: see persistence.js.
 * @property {typeof SteadfastError} SteadfastError
 * @property {typeof isBlob} isBlob
 * @property {typeof isPayload} isPayload
 * @property {(error: unknown) => void} tellError
 */

/**
 * The store that the option `persist` names: what loads, saves and removes a record by its key, at once or by a promise.
 * @param {ConnectOptions["persist"]} persist
 * @param {Callbacks} callbacks
 * @returns {SessionStore}
 */
export function storeOf(persist, callbacks) {
  if (persist === "local") return new TextStore(() => localStorage, callbacks);
  if (persist === "session") return new TextStore(() => sessionStorage, callbacks);
  return persist === "indexeddb" ? new DatabaseStore() : /** @type {SessionStore} */ (persist);
}

/** Keeps records as texts: bytes in Base64. A `Blob`, which cannot be read at once, is there a moment later, as bytes. */
class TextStore {
  /** @type {() => Storage} */
  #storage;
  /** @type {WeakMap<object, ArrayBuffer>} What is in each `Blob` that was read. */
  #bytes = new WeakMap();
  /** Counts what is saved: what came meanwhile is newer. */
  #turn = 0;

  /** @type {Callbacks} */
  #callbacks;

  /**
   * The storage is looked up each time: a page may be denied it.
   * @param {() => Storage} storage
   * @param {Callbacks} callbacks
   */
  constructor(storage, callbacks) {
    this.#storage = storage;
    this.#callbacks = callbacks;
  }

  /** @param {string} key */
  load(key) {
    const text = this.#storage().getItem(key);
    if (text === null) return undefined;
    try {
      return JSON.parse(text, (_, value) => (typeof value?.base64 === "string" ? decoded(value.base64) : value));
    } catch {
      throw new this.#callbacks.SteadfastError("snapshot.damaged", "what was kept is damaged");
    }
  }

  /** @param {string} key @param {SessionRecord} record */
  save(key, record) {
    const { isBlob } = this.#callbacks;
    const turn = ++this.#turn;
    this.#write(key, record);
    const unread = record.messages.map(([, payload]) => payload).filter((payload) => isBlob(payload) && !this.#bytes.has(payload));
    if (unread.length === 0) return undefined;
    const reading = /** @type {Blob[]} */ (unread).map(async (blob) => this.#bytes.set(blob, await blob.arrayBuffer()));
    return Promise.all(reading).then(() => turn === this.#turn && this.#write(key, record));
  }

  /** @param {string} key */
  remove(key) {
    this.#turn++;
    this.#storage().removeItem(key);
  }

  /** @param {string} key @param {SessionRecord} record */
  #write(key, { snapshot, messages, ...record }) {
    const { isBlob } = this.#callbacks;
    const texts = messages
      .map(([message, payload]) => [message, isBlob(payload) ? this.#bytes.get(payload) : payload])
      .filter(([, payload]) => payload !== undefined)
      .map(([message, payload]) => [message, typeof payload === "string" ? payload : encoded(/** @type {ArrayBuffer | Uint8Array} */ (payload))]);
    this.#storage().setItem(key, JSON.stringify({ ...record, snapshot: encoded(snapshot), messages: texts }));
  }
}

/** Keeps records in a database of the browser, as they are. */
class DatabaseStore {
  /** @type {Promise<IDBDatabase> | undefined} */
  #database;

  /** @param {string} key */
  load(key) {
    return this.#do("readonly", (records) => records.get(key));
  }

  /** @param {string} key @param {SessionRecord} record */
  save(key, record) {
    return this.#do("readwrite", (records) => records.put(record, key));
  }

  /** @param {string} key */
  remove(key) {
    return this.#do("readwrite", (records) => records.delete(key));
  }

  /** @template Result @param {IDBTransactionMode} mode @param {(records: IDBObjectStore) => IDBRequest<Result>} act */
  async #do(mode, act) {
    this.#database ??= opened();
    try {
      const transaction = (await this.#database).transaction("sessions", mode);
      const request = act(transaction.objectStore("sessions"));
      // Said at once, it needs no page any more: this one may be going away.
      transaction.commit();
      return await settled(request);
    } catch (error) {
      // The next time anew: it may have been closed by the browser.
      this.#database = undefined;
      throw error;
    }
  }
}

function opened() {
  const request = indexedDB.open("steadfast", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("sessions");
  return settled(request).then((database) => {
    database.onversionchange = () => database.close();
    return database;
  });
}

/** @template Result @param {IDBRequest<Result>} request @returns {Promise<Result>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {ArrayBuffer | Uint8Array} bytes */
function encoded(bytes) {
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  return { base64: btoa(Array.from(view, (byte) => String.fromCharCode(byte)).join("")) };
}

/** @param {string} base64 */
function decoded(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
