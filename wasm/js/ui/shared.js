// Connections that several components use, by key.

/** @import { Connection } from "../index.js" */

/**
 * By key: the connection, and who wants to hear when it is another.
 * @type {Map<unknown, { connection: Connection, users: Set<{ changed: () => void }> }>}
 */
const shared = new Map();

/**
 * The connection of this key, while somebody uses it.
 * @param {unknown} key
 */
export function connectionOf(key) {
  return shared.get(key)?.connection;
}

/**
 * Uses the connection of this key, which `open` opens if nobody does yet. Gives what ends the use.
 * @param {unknown} key
 * @param {() => Connection} open
 * @param {() => void} changed
 */
export function share(key, open, changed) {
  let entry = shared.get(key);
  if (entry === undefined) {
    entry = { connection: open(), users: new Set() };
    shared.set(key, entry);
  }
  // One function may be handed in twice: each use counts.
  const user = { changed };
  entry.users.add(user);
  for (const { changed } of entry.users) changed();
  return () => {
    entry.users.delete(user);
    // Strict mode ends each use and begins it again, at once: that is no reason to close.
    queueMicrotask(() => {
      if (entry.users.size > 0 || shared.get(key) !== entry) return;
      shared.delete(key);
      entry.connection.close();
    });
  };
}
