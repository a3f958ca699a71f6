import { defineConfig } from "vite";

export default defineConfig({
  // The collector may serve the page under any path.
  base: "./",
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
