// Serves the test page and the built package to the browser, as any web server would.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join, normalize, sep } from "node:path";

import { pathOf } from "./process.mjs";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Folders to serve where a test needs the pieces that the package is bundled from. A page imports the entries as it would the package. */
export const PIECES = {
  "/": ["tests/browser/page", "target/npm-package"],
  "/pkg/": ["target/npm-package/entries", "target/npm-package"],
};

/**
 * Serves folders of the workspace, each under a path: `{ "/": "tests/browser/page", … }`. Of several under one path the first
 * that has the file counts. Every file is sent with these headers.
 */
export async function serve(folders, headers = {}) {
  for (const folder of Object.values(folders).flat()) {
    if (!existsSync(pathOf(folder))) {
      throw new Error(`${folder} is missing: build it first, as cargo xtask test does`);
    }
  }
  const seen = [];
  const refused = new Map();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    seen.push(pathname);
    if (!refused.has(pathname)) return answer(folders, pathname, headers, response);
    if (refused.get(pathname) === 0) return request.destroy();
    response.writeHead(refused.get(pathname)).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** The paths of the requests. */
    seen,
    /** Answers requests for a path with this status from now on; with 0 it hangs up. */
    refuse: (path, status) => refused.set(path, status),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(folders, pathname, headers, response) {
  const mounts = Object.keys(folders).filter((mount) => pathname.startsWith(mount));
  const mount = mounts.sort((a, b) => b.length - a.length)[0];
  const within = normalize(pathname.slice(mount.length) || "index.html");
  const type = TYPES[extname(within)];
  try {
    if (within.startsWith(`..${sep}`)) throw new Error("outside");
    const files = [folders[mount]].flat().map((folder) => join(pathOf(folder), within));
    const body = await readFile(files.find(existsSync) ?? files[0]);
    response.writeHead(200, { ...headers, "content-type": type ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}
