import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompress, constants, gzip } from "node:zlib";
import { promisify } from "node:util";
import { defineConfig, type Plugin } from "vite";

/**
 * Writes each file of the build packed beside it, as `.br` and `.gz`, where that is smaller. The collector
 * sends the file that a client likes best, and packs nothing itself.
 */
function packed(): Plugin {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const pack = {
    br: (bytes: Uint8Array) => promisify(brotliCompress)(bytes, quality),
    gz: (bytes: Uint8Array) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
  };
  return {
    name: "packed",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return;
      for (const name of Object.keys(bundle)) {
        const file = join(dir, name);
        const bytes = await readFile(file);
        for (const [ending, packing] of Object.entries(pack)) {
          const small = await packing(bytes);
          if (small.length < bytes.length) await writeFile(`${file}.${ending}`, small);
        }
      }
    },
  };
}

export default defineConfig({
  // The collector may serve the page under any path.
  base: "./",
  plugins: [packed()],
  build: {
    // Files, never `data:` addresses: a strict content security policy holds without exceptions.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The npm package is linked from outside of this folder.
    fs: { allow: ["../.."] },
    // `npm run dev` beside a collector on its default address.
    proxy: { "/v1": { target: "http://127.0.0.1:4700", ws: true } },
  },
});
