import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** The program of a runtime, in the package of its scope that npm chose for this system. Scripts would move it elsewhere: see .npmrc. */
export function program(scope, path) {
  for (const package_ of readdirSync(join(MODULES, scope))) {
    const program = join(MODULES, scope, package_, path);
    if (existsSync(program)) return program;
  }
  throw new Error(`no package of ${scope} has ${path}: has npm installed what is optional?`);
}
