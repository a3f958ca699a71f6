import { SteadfastError, describe } from "./error.js";

const SOCKET_SCHEMES = new Map([
  ["http:", "ws:"],
  ["https:", "wss:"],
  ["ws:", "ws:"],
  ["wss:", "wss:"],
]);

/**
 * The address as a WebSocket takes it: absolute, with `ws:` for `http:`. Relative ones are taken from the page's.
 * Throws what is wrong with it.
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

/** The collector's address, absolute. Throws what is wrong with it. */
export function reportAddress(given) {
  const url = parse("report.url", given);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const message = `report.url has the scheme ${url.protocol} allowed are http: https:`;
    throw new SteadfastError("config.url", message, "report.url");
  }
  return url.href;
}

function parse(field, given) {
  if (typeof given !== "string" && !(given instanceof URL)) {
    throw new SteadfastError("config.url", `${field}: expected a text or a URL, not ${describe(given)}`, field);
  }
  try {
    return new URL(given, globalThis.location?.href);
  } catch {
    // The address itself is not repeated: it may hold a token.
    throw new SteadfastError("config.url", `${field} is no valid URL`, field);
  }
}
