import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  // The npm package is linked from outside of this folder.
  server: { fs: { allow: ["../.."] } },
});
