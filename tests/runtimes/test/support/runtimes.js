import { program } from "./programs.js";

/** The runtimes that run a script as Node does: the program, and its flags. */
export const RUNTIMES = {
  "Bun": [program("@oven", "bin/bun")],
  "Deno": [program("@deno", "deno"), "run", "--quiet", "--no-lock", "--allow-read", "--allow-net", "--allow-env"],
  "Node 22": [program("@node22", "bin/node")],
  "Node 24": [program("@node24", "bin/node")],
};
