/** The store that the option `persist` names: what loads, saves and removes a record by its key, at once or by a promise. */
export function storeOf(persist, callbacks) {
  if (persist === "local") return new TextStore(() => localStorage, callbacks);
  if (persist === "session") return new TextStore(() => sessionStorage, callbacks);
  return persist === "indexeddb" ? new DatabaseStore() : persist;
}

/** Keeps records as texts: bytes in Base64. A `Blob`, which cannot be read at once, is there a moment later, as bytes. */
class TextStore {
  #storage;
  /** What is in each `Blob` that was read. */
  #bytes = new WeakMap();
  /** Counts what is saved: what came meanwhile is newer. */
  #turn = 0;

  #callbacks;

  /** The storage is looked up each time: a page may be denied it. */
  constructor(storage, callbacks) {
    this.#storage = storage;
    this.#callbacks = callbacks;
  }

  load(key) {
    const text = this.#storage().getItem(key);
    if (text === null) return undefined;
    try {
      return JSON.parse(text, (_, value) => (typeof value?.base64 === "string" ? decoded(value.base64) : value));
    } catch {
      throw new this.#callbacks.SteadfastError("snapshot.damaged", "what was kept is damaged");
    }
  }

  save(key, record) {
    const { isBlob } = this.#callbacks;
    const turn = ++this.#turn;
    this.#write(key, record);
    const unread = record.messages.map(([, payload]) => payload).filter((payload) => isBlob(payload) && !this.#bytes.has(payload));
    if (unread.length === 0) return undefined;
    const reading = unread.map(async (blob) => this.#bytes.set(blob, await blob.arrayBuffer()));
    return Promise.all(reading).then(() => turn === this.#turn && this.#write(key, record));
  }

  remove(key) {
    this.#turn++;
    this.#storage().removeItem(key);
  }

  #write(key, { snapshot, messages, ...record }) {
    const { isBlob } = this.#callbacks;
    const texts = messages
      .map(([message, payload]) => [message, isBlob(payload) ? this.#bytes.get(payload) : payload])
      .filter(([, payload]) => payload !== undefined)
      .map(([message, payload]) => [message, typeof payload === "string" ? payload : encoded(payload)]);
    this.#storage().setItem(key, JSON.stringify({ ...record, snapshot: encoded(snapshot), messages: texts }));
  }
}

/** Keeps records in a database of the browser, as they are. */
class DatabaseStore {
  #database;

  load(key) {
    return this.#do("readonly", (records) => records.get(key));
  }

  save(key, record) {
    return this.#do("readwrite", (records) => records.put(record, key));
  }

  remove(key) {
    return this.#do("readwrite", (records) => records.delete(key));
  }

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

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function encoded(bytes) {
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  return { base64: btoa(Array.from(view, (byte) => String.fromCharCode(byte)).join("")) };
}

function decoded(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
