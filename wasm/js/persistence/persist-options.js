import { socketAddress } from "../connection/address.js";
import { SteadfastError, describe, requireText } from "../common/error.js";

/** @import { ConnectOptions, SessionStore } from "../index.js" */

const STORES = ["local", "session", "indexeddb"];

/**
 * What the options say of how the session is kept beyond the page: absent if they ask for none. Throws if they make no
 * sense.
 * @param {ConnectOptions} options
 * @param {unknown} url
 */
export function keepingOf({ persist, persistKey, session, outbox }, url) {
  if (persist === undefined) return undefined;
  if (persistKey !== undefined) requireText("persistKey", persistKey);
  requireStore(persist);
  const name = session?.sessionId;
  const key = `steadfast:${persistKey ?? name ?? place(url)}`;
  return { persist, key, isNamed: name !== undefined, session: session ?? {}, withMessages: outbox?.persist === true };
}

/** @param {unknown} persist @returns {asserts persist is ConnectOptions["persist"]} */
function requireStore(persist) {
  if (STORES.includes(/** @type {string} */ (persist))) return;
  if (typeof persist === "string") {
    const message = `persist is "${persist}"; known is ${STORES.join(", ")}`;
    throw new SteadfastError("config.unknown_value", message, "persist");
  }
  if (["load", "save", "remove"].every((name) => typeof (/** @type {Unchecked} */ (persist)?.[name]) === "function")) return;
  const message = `persist: expected a name, or an object with load, save and remove, not ${describe(persist)}`;
  throw new SteadfastError("config.type", message, "persist");
}

/**
 * What a session is kept under by itself: where it goes to, without what may be secret.
 * @param {unknown} url
 */
function place(url) {
  if (typeof url === "function") return "default";
  const { host, pathname } = new URL(socketAddress(url));
  return host + pathname;
}
