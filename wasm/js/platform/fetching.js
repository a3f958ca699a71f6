import { SteadfastError } from "../common/error.js";

/** @import { Source } from "./loader.js" */

/**
 * Where a `Loader` has the module from that lies at the address that `address` gives.
 * @param {() => URL} address
 * @returns {Source}
 */
export function sourceAt(address) {
  return {
    // Test runners with jsdom load what is for browsers into Node, which fetches no files.
    get bytes() {
      const builtin = globalThis.process?.getBuiltinModule;
      if (builtin === undefined || address().protocol !== "file:") return undefined;
      return () => builtin("node:fs").readFileSync(builtin("node:url").fileURLToPath(address().href));
    },
    response: () => fetch(address()),
    now: () => fetchedNow(address()),
  };
}

/**
 * The answer of a request for the module, once it is there.
 * @param {() => Promise<Response>} request
 */
export async function fetched(request) {
  let response;
  try {
    response = await request();
  } catch (/** @type {Thrown} */ error) {
    throw unreachable(error);
  }
  if (response.ok) return response;
  throw refused(response.status, response.url);
}

/**
 * The module behind an address, fetched while everything waits; undefined where nothing can be fetched like this.
 * @param {URL} url
 * @returns {BufferSource | undefined}
 */
function fetchedNow(url) {
  // Service workers have none.
  if (typeof XMLHttpRequest === "undefined") return undefined;
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  // A page may ask for text only; in this character set its code units end with the bytes.
  const asText = typeof document !== "undefined";
  if (asText) {
    request.overrideMimeType("text/plain; charset=x-user-defined");
  } else {
    request.responseType = "arraybuffer";
  }
  try {
    request.send();
  } catch (/** @type {Thrown} */ error) {
    throw unreachable(error);
  }
  if (request.status !== 200) throw refused(request.status, request.responseURL);
  return asText ? Uint8Array.from(request.responseText, (char) => char.charCodeAt(0) & 0xff) : request.response;
}

/**
 * The module in an answer. Only the right type can be compiled as it comes.
 * @param {Response} response
 */
export async function compiled(response) {
  try {
    return response.headers.get("content-type") === "application/wasm" && WebAssembly.compileStreaming
      ? await WebAssembly.compileStreaming(response)
      : await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    // The network broke; what does not compile is no `TypeError`.
    throw error instanceof TypeError ? unreachable(error) : error;
  }
}

/** @param {Error} error */
function unreachable({ message }) {
  return new SteadfastError("module.unreachable", `the module could not be fetched: ${message}`);
}

/** @param {number} status @param {string} url */
function refused(status, url) {
  const code = status >= 500 || status === 429 ? "module.unreachable" : "module.failed";
  return new SteadfastError(code, `the module could not be fetched: status ${status} of ${url}`);
}
