// Programs of the workspace, as real processes: started, listened to, and killed without mercy.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { eventually } from "./wait.mjs";

const WORKSPACE = new URL("../../../", import.meta.url);

/** Started and not yet gone; a test that fails halfway leaves none behind. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** The path of something in the workspace. */
export function pathOf(relative) {
  return fileURLToPath(new URL(relative, WORKSPACE));
}

export class Process {
  #program;
  #child;
  #lines = [];
  #gone;

  /** Starts a program that the workspace builds: `target/debug/NAME`. */
  constructor(program, args) {
    const path = pathOf(`target/debug/${program}`);
    if (!existsSync(path)) {
      throw new Error(`${path} is missing: build the workspace first, as cargo xtask test does`);
    }
    this.#program = program;
    this.#child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.#child);
    this.#gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#gone.then(() => running.delete(this.#child));
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: output }).on("line", (line) => {
        if (this.#lines.length < 1000) this.#lines.push(line);
      });
    }
  }

  /** Waits for a line that begins with `prefix`, and returns the rest of it. */
  async line(prefix) {
    const find = () => this.#lines.find((line) => line.startsWith(prefix));
    const said = () => `${this.#program} says ${JSON.stringify(prefix)}; it said ${this.#lines.join("\n")}`;
    return (await eventually(said, find)).slice(prefix.length);
  }

  /** Sends it a signal. */
  signal(name) {
    this.#child.kill(name);
  }

  /** Asks it to end, as Ctrl-C does, and waits until it is gone. */
  async interrupt() {
    this.signal("SIGINT");
    await this.#gone;
  }

  /** Kills it with SIGKILL and waits until it is gone. */
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }
}
