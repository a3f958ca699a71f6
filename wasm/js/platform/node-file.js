import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * What is in the file at `address`, which bundlers may have moved; or, where a test runner has made an address of its server of
 * that, in the file of this name beside `script`. Both go to Node as texts: jsdom's `URL`, which test runners put in the place
 * of Node's, is none to it.
 * @param {URL} address
 * @param {string} name
 * @param {string} script
 */
export function fileAt(address, name, script) {
  const { href } = address.protocol === "file:" ? address : new URL(name, script);
  return readFileSync(fileURLToPath(href));
}
