import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  // The npm package is linked from outside of this folder, and its React is this folder's.
  resolve: { dedupe: ["react", "react-dom"] },
  server: { fs: { allow: ["../.."] } },
});
