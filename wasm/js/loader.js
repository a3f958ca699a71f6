import { SteadfastError } from "./error.js";
import initialise, { initSync } from "./steadfast_wasm.js";

/** Waits between attempts to fetch the module, in ms: the first, and the longest. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** There is one module, however many entries are imported. */
let started = false;

/** Starts the module when it is first used: at once if its bytes are at hand, or as soon as they were fetched. */
export class Loader {
  #source;
  #starting;

  /** Either `bytes`, a function that gives the module, or `response`, one that fetches it. */
  constructor(source) {
    this.#source = source;
  }

  /** Whether the module runs, now that it was started if that can be done at once. */
  startNow() {
    if (started || this.#source.bytes === undefined) return started;
    try {
      initSync({ module: this.#source.bytes() });
      started = true;
    } catch (error) {
      // Some engines compile a module of this size only in the background.
      if (!(error instanceof RangeError)) throw failure(error);
    }
    return started;
  }

  /** Resolves when the module runs; rejects if it cannot be had now. A later call tries again. */
  async ready() {
    if (this.startNow()) return;
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  /**
   * Like `ready`, but goes on trying while the network fails, until `signal` is aborted. Rejects if the module will
   * never run.
   */
  async readyAtLast(signal, onFailure) {
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        return await this.ready();
      } catch (error) {
        if (signal.aborted || error.code !== "module.unreachable") throw error;
        onFailure(error);
        await pause(Math.random() * wait, signal);
      }
    }
  }

  /** Throws unless the module runs, or can be started at once. */
  require(name) {
    if (!this.startNow()) {
      const message = `${name} needs the module: wait for ready() first, or import it from "steadfast/inline"`;
      throw new SteadfastError("module.not_ready", message);
    }
  }

  async #start() {
    const { bytes, response } = this.#source;
    const module = bytes ? bytes() : await fetched(response);
    try {
      if (!started) await initialise({ module_or_path: module });
    } catch (error) {
      throw failure(error);
    }
    started = true;
  }
}

async function fetched(request) {
  let response;
  try {
    response = await request();
  } catch (error) {
    throw new SteadfastError("module.unreachable", `the module could not be fetched: ${error.message}`);
  }
  if (response.ok) return response;
  const code = response.status >= 500 || response.status === 429 ? "module.unreachable" : "module.failed";
  throw new SteadfastError(code, `the module could not be fetched: status ${response.status} of ${response.url}`);
}

function failure(error) {
  return new SteadfastError("module.failed", `the module could not be started: ${error.message}`);
}

/** Waits, at most until `signal` is aborted. */
function pause(millis, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    signal.addEventListener("abort", done);
  });
}
