// What a page does with the package, as far as the tests need it: they call `steadfast` and `witness` from outside.

import * as steadfast from "steadfast";

/** A connection, and what can be seen of it. Messages are noted in `sessionStorage.heard`, if it exists. */
class Witness {
  statuses = [];
  causes = [];
  messages = [];
  errors = [];
  /** How many heartbeats were answered, and how many further attempts were announced. */
  beats = 0;
  attempts = 0;
  /** Whether the page was in the back/forward cache. */
  persisted = false;

  constructor(url, options) {
    this.connection = steadfast.connect(url, options);
    this.connection.addEventListener("status.changed", ({ detail }) => this.statuses.push(detail.to));
    this.connection.addEventListener("disconnected", ({ detail }) => this.causes.push(detail.cause.kind));
    this.connection.addEventListener("error", ({ error }) => this.errors.push(String(error)));
    this.connection.addEventListener("heartbeat", ({ detail }) => (this.beats += detail.missed === 0 ? 1 : 0));
    this.connection.addEventListener("retry.attempt", () => (this.attempts += 1));
    addEventListener("pageshow", (event) => (this.persisted ||= event.persisted));
    if (sessionStorage.heard !== undefined) {
      this.connection.addEventListener("message", ({ data }) => (sessionStorage.heard += `${data},`));
    }
    this.#read();
  }

  async #read() {
    for await (const message of this.connection) this.messages.push(message);
  }
}

window.steadfast = steadfast;
window.connect = (url, options) => {
  window.witness = new Witness(url, options);
};

/** The number of messages of each record in a store. */
window.saved = async (persist) => {
  const records = persist === "indexeddb" ? await databaseRecords() : textRecords(persist === "local" ? localStorage : sessionStorage);
  return records.map(({ messages }) => messages.length);
};

function textRecords(storage) {
  return Object.keys(storage)
    .filter((key) => key.startsWith("steadfast:"))
    .map((key) => JSON.parse(storage.getItem(key)));
}

/** Without making the database: that is what the package does. */
async function databaseRecords() {
  if (!(await indexedDB.databases()).some(({ name }) => name === "steadfast")) return [];
  const database = await answer(indexedDB.open("steadfast"));
  try {
    return await answer(database.transaction("sessions").objectStore("sessions").getAll());
  } finally {
    database.close();
  }
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
