import { SteadfastError, describe } from "../common/error.js";
import { tagOf } from "./payload.js";

/** @import { Address, Asked, ConnectOptions, Protocols } from "../index.js" */

const SCHEME = /^[a-z][a-z\d+.-]*:/i;
/** How an address begins that others can be relative to: not `about:blank`, `blob:…` and `data:…`. */
const HIERARCHICAL = /^[a-z][a-z\d+.-]*:\//i;
/** What a sub-protocol may consist of. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
const SOCKET_SCHEMES = new Map([
  ["http:", "ws:"],
  ["https:", "wss:"],
  ["ws:", "ws:"],
  ["wss:", "wss:"],
]);

/**
 * The address as a WebSocket takes it: absolute, with `ws:` for `http:`. Relative ones are taken from where the platform's
 * own class takes them from.
 * Throws what is wrong with it.
 * @param {unknown} given
 */
export function socketAddress(given) {
  const url = parse("url", given);
  const scheme = SOCKET_SCHEMES.get(url.protocol);
  if (scheme === undefined) {
    throw new SteadfastError("config.url", `url has the scheme ${url.protocol} allowed are ws: wss: http: https:`, "url");
  }
  if (String(given).includes("#")) {
    throw new SteadfastError("config.url", "url has a fragment, which a WebSocket cannot have", "url");
  }
  url.protocol = scheme;
  return url.href;
}

/**
 * What the driver dials: an address, or a function that it asks for every dial, which gives the address and the
 * sub-protocols to offer. It is a function if one of them is.
 * @param {Address | ((asked: Asked) => Address | Promise<Address>)} url
 * @param {ConnectOptions["protocols"]} protocols
 * @returns {string | ((refresh: boolean) => Promise<[url: string, protocols: string[]]>)}
 */
export function dialled(url, protocols) {
  const fixed = typeof url === "function" ? undefined : socketAddress(url);
  if (fixed !== undefined && typeof protocols !== "function") return fixed;
  return async (refresh) => {
    // Each in a promise of its own: if one throws at once, the rejection of the other has somebody who hears it.
    const offers = async () => (typeof protocols === "function" ? protocols({ refresh }) : protocols);
    const place = async () => fixed ?? /** @type {(asked: Asked) => Address | Promise<Address>} */ (url)({ refresh });
    const [offered, address] = await Promise.all([offers(), place()]);
    return [fixed ?? socketAddress(address), checkedOffer(offered) ?? []];
  };
}

/**
 * Sub-protocols as a list, if each is a token (RFC 6455, 4.1) and offered once.
 * @param {unknown} given
 * @returns {string[] | undefined}
 */
export function checkedOffer(given) {
  if (given === undefined || given === null) return undefined;
  const list = typeof given === "string" ? [given] : given;
  if (!Array.isArray(list) || list.some((entry) => typeof entry !== "string")) {
    throw new SteadfastError("config.type", "protocols: expected a list of texts", "protocols");
  }
  if (list.every((entry, index) => TOKEN.test(entry) && list.indexOf(entry) === index)) return list;
  const problem = `protocols: ${JSON.stringify(list)}: expected tokens (RFC 6455), each once`;
  throw new SteadfastError("config.protocol", problem, "protocols");
}

/**
 * The collector's address, absolute. Throws what is wrong with it.
 * @param {unknown} given
 */
export function reportAddress(given) {
  const url = parse("report.url", given);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const message = `report.url has the scheme ${url.protocol} allowed are http: https:`;
    throw new SteadfastError("config.url", message, "report.url");
  }
  return url.href;
}

/** @param {string} field @param {unknown} given */
function parse(field, given) {
  // A `URL` may be of another realm, such as jsdom's.
  if (typeof given !== "string" && tagOf(given) !== "[object URL]") {
    throw new SteadfastError("config.url", `${field}: expected a text or a URL, not ${describe(given)}`, field);
  }
  // What the platform's own classes take: a page's may be changed by `<base>`, and is its creator's in `srcdoc`.
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(/** @type {string | URL} */ (given), base);
  } catch {
    if (!SCHEME.test(/** @type {string} */ (given)) && !HIERARCHICAL.test(base)) {
      const place = base === undefined ? "" : `, whose own address begins with ${SCHEME.exec(base)?.[0]}`;
      throw new SteadfastError("config.url", `${field} is relative, which means nothing here${place}: give an absolute one`, field);
    }
    // The address itself is not repeated: it may hold a token.
    throw new SteadfastError("config.url", `${field} is no valid URL`, field);
  }
}
