import { SteadfastError } from "../common/error.js";
import { compiled, fetched } from "./fetching.js";
import { baseOf, platformClass } from "./platform.js";

/** @import { SocketClass, Socket, SocketFailure } from "../connection/contracts.js" */

/** The smallest module there is. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Where persist.js, which shares no file with the other entries, puts the script that keeps sessions beyond a page. */
const PERSISTENCE = Symbol.for("steadfast.persistence");

/**
 * @typedef {object} Module The glue of a module, and what the module exports once it runs.
 * @property {() => WebAssembly.Imports} imports
 * @property {(instance: WebAssembly.Instance) => object} started
 * @property {object | undefined} exports
 */

/**
 * @typedef {object} Source Where a module comes from.
 * @property {(() => WebAssembly.Module | BufferSource | undefined) | undefined} [bytes]
 * @property {() => Promise<Response>} [response]
 * @property {() => WebAssembly.Module | BufferSource | undefined} [now]
 */

/**
 * @typedef {object} DialErrors Reads what classes outside of browsers tell of a dial.
 * @property {(event: SocketFailure) => number | undefined} [dialError]
 * @property {(event: SocketFailure) => string | undefined} [dialMessage]
 * @property {(socket: Socket) => (() => string | undefined) | undefined} [refusalOf]
 * @property {(socket: Socket) => (moved: (now: number) => unknown) => void} [streamBelow]
 */

/** @typedef {typeof import("../persistence/persistence.js")} PersistenceScript */

/**
 * @typedef {object} Platform What a platform has that others have not, or have otherwise.
 * @property {() => PersistenceScript | Promise<PersistenceScript>} [persistence]
 * @property {(given?: unknown) => unknown} [socketClass]
 * @property {DialErrors} [dialErrors]
 * @property {(signal: AbortSignal, look: () => void) => void} [watchSleep]
 */

/** Waits between attempts to fetch the module, in ms: the first, and the longest. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** Starts a module when it is first used: at once if its bytes are at hand, or as soon as they were fetched. */
export class Loader {
  /** @type {Module} */
  #module;
  /** @type {Source} */
  #source;
  /** @type {Promise<void> | undefined} */
  #starting;

  /**
   * `module` is its glue: see connecting.js. Its source has either `bytes`, a function that gives it, or `response`, one
   * that fetches it, and perhaps `now`, one that fetches it while everything waits.
   * `persistence` fetches the script that keeps sessions beyond a page, for the few pages that do. `socketClass` gives the
   * class to dial with in place of the one that was given; without one, the platform's.
   * `dialErrors` reads errors of dials, where classes say more than pages learn: see dial-errors.js;
   * and `streamBelow` in it tells of the bytes that come over a socket: see node-socket.js.
   * `watchSleep` notices that the machine has slept, where timers are late after that: see node-sleep.js.
   * @param {Module} module
   * @param {Source} source
   * @param {Platform} [platform]
   */
  constructor(module, source, platform = {}) {
    const { persistence = loadedPersistence, socketClass = socketClassOf, dialErrors, watchSleep } = platform;
    this.#module = module;
    this.#source = source;
    this.persistence = persistence;
    this.socketClass = socketClass;
    this.dialErrors = dialErrors;
    this.watchSleep = watchSleep;
  }

  /** Whether the module runs, now that it was started if its bytes are at hand. If it cannot run, `ready` says why. */
  startNow() {
    try {
      return this.#startedWith(this.#source.bytes);
    } catch {
      return false;
    }
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
   * @param {AbortSignal} signal
   * @param {(error: SteadfastError) => void} onFailure
   */
  async readyAtLast(signal, onFailure) {
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        return await this.ready();
      } catch (/** @type {Thrown} */ error) {
        if (signal.aborted || error.code !== "module.unreachable") throw error;
        onFailure(error);
        await pause(Math.random() * wait, signal);
      }
    }
  }

  /**
   * Sees to it that the module runs, and fetches it meanwhile if need be. Throws if it cannot be had at once.
   * @param {string} name
   */
  require(name) {
    if (this.#startedWith(this.#source.bytes) || this.#startedWith(this.#source.now)) return;
    const message = `${name} needs the module, which cannot be had at once here: wait for ready() first`;
    throw new SteadfastError("module.not_ready", message);
  }

  async #start() {
    const own = this.#module;
    const { bytes, response } = this.#source;
    try {
      requireWebAssembly();
      const module = bytes ? bytes() : await fetched(/** @type {() => Promise<Response>} */ (response));
      /** @type {WebAssembly.Module | BufferSource | undefined} */
      const ready = bytes ? module : await compiled(/** @type {Response} */ (module));
      // It may have been started at once meanwhile, and must not be a second time.
      if (this.#startedWith(() => ready)) return;
      const instantiated = /** @type {Unchecked} */ (await WebAssembly.instantiate(/** @type {WebAssembly.Module} */ (ready), own.imports()));
      if (!own.exports) this.#run(instantiated.instance ?? instantiated);
    } catch (error) {
      throw failure(error);
    }
  }

  /**
   * Whether the module runs, now that it was started if `bytes` gives it, and if it can be started at once.
   * @param {Source["now"]} bytes
   * @returns {boolean}
   */
  #startedWith(bytes) {
    const own = this.#module;
    if (own.exports || bytes === undefined) return own.exports !== undefined;
    try {
      requireWebAssembly();
      const module = bytes();
      if (module === undefined) return false;
      const compiled = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
      this.#run(new WebAssembly.Instance(compiled, own.imports()));
    } catch (error) {
      // Some engines compile a module of this size only in the background.
      if (!(error instanceof RangeError)) throw failure(error);
    }
    return own.exports !== undefined;
  }

  /** @param {WebAssembly.Instance} instance */
  #run(instance) {
    this.#module.exports = this.#module.started(instance);
  }
}

/** @returns {PersistenceScript | Promise<PersistenceScript>} */
function loadedPersistence() {
  return /** @type {Unchecked} */ (globalThis)[PERSISTENCE] ?? import("../persistence/persistence.js");
}

/** @param {unknown} given */
function socketClassOf(given = platformClass()) {
  return baseOf(given);
}

/** @param {Thrown} error */
function failure(error) {
  if (error instanceof SteadfastError) return error;
  return isForbidden() ? unavailable(error) : new SteadfastError("module.failed", `the module could not be started: ${error.message}`);
}

/** Refuses to go on where there is no WebAssembly, as in Safari's Lockdown Mode, before anything is fetched. */
function requireWebAssembly() {
  if (typeof globalThis.WebAssembly?.Module !== "function") throw unavailable({ message: "it is missing" });
}

/** Whether no module may be compiled, as under a content security policy without `'wasm-unsafe-eval'`. */
function isForbidden() {
  try {
    new WebAssembly.Module(EMPTY);
    return false;
  } catch {
    return true;
  }
}

/** @param {{ message: string }} error */
function unavailable({ message }) {
  const advice = "a content security policy has to have 'wasm-unsafe-eval' in script-src, and Lockdown Mode has to be off for the page";
  return new SteadfastError("module.unavailable", `WebAssembly cannot run here (${message}): ${advice}`);
}

/**
 * Waits, at most until `signal` is aborted.
 * @param {number} millis
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
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
