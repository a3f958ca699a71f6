import { storeOf } from "./stores.js";

/** @import { SavedSession } from "../connection/contracts.js" */
/** @import { SessionOptions, SessionRecord, SessionStore } from "../index.js" */
/** @import { Callbacks } from "./stores.js" */
/** @import { keepingOf } from "./persist-options.js" */

/** @typedef {NonNullable<ReturnType<typeof keepingOf>>} Keeping */

const VERSION = 1;
/** A record is saved at most so often, in ms. */
const PAUSE = 1000;
/** Maximum number of pages that keep sessions of one key at a time; a further one keeps none. */
const MOST_SLOTS = 16;
/**
 * How long a page waits for what it had before it was loaded anew, in ms: browsers take a moment to end the old one, busy
 * ones a long one. A tab that was made as a copy of another waits in vain.
 */
const PATIENCE = 3000;
/** How long a store may take to load a record, in ms: nothing is dialled before it has, or this is over. */
const LOAD_LIMIT = 5000;

/**
 * Keeps a session beyond the page: in a store, under a key, and under a lock, so that two pages never keep the same one.
 * The first page has the key itself, the next ones have others, made of it.
 */
export class Persistence {
  /** @type {SessionStore | undefined} */
  #store;
  /** @type {string} The first page's key, and this one's. */
  #firstKey;
  /** @type {string} */
  #key;
  /** @type {SessionOptions} */
  #session;
  /** @type {boolean} Whether the user named the session: then there is only one. */
  #isNamed;
  /** @type {boolean} */
  #withMessages;
  /** @type {Callbacks["tellError"]} */
  #tellError;
  /**
   * What this script has of the others: were it to import them, pages that never load it would load one file more.
   * @type {Callbacks}
   */
  #callbacks;
  /** @type {(() => Omit<SavedSession, "sessionId">) | undefined} What gives the present record. */
  #record;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {unknown} */
  #saving;
  #isDirty = false;
  #hasFailed = false;
  /** @type {boolean} Whether each tab has a store of its own. */
  #perTab;
  /** @type {string | undefined} */
  #lockName;
  /** @type {((value?: unknown) => void) | undefined} */
  #release;
  /** @type {Promise<void> | undefined} */
  #ending;

  /**
   * As the options ask for it: see keeping.js.
   * @param {Keeping} keeping
   * @param {Callbacks} callbacks
   */
  constructor({ persist, key, isNamed, session, withMessages }, callbacks) {
    this.#callbacks = callbacks;
    this.#tellError = callbacks.tellError;
    this.#store = storeOf(persist, callbacks);
    this.#firstKey = this.#key = key;
    this.#isNamed = isNamed;
    this.#session = session;
    this.#withMessages = withMessages;
    this.#perTab = persist === "session";
  }

  /**
   * The record to go on from, if there is one: that of this tab, unless it is to be another. Nothing is kept if no place
   * for it is free.
   */
  async claim(isAnother = false) {
    await this.#ending;
    if (!this.#store) return undefined;
    try {
      if (this.#perTab) return await this.#claimTab();
      const last = isAnother ? undefined : this.#lastSlot();
      const others = Array.from({ length: this.#isNamed ? 1 : MOST_SLOTS }, (_, slot) => slot);
      for (const slot of last === undefined ? others : [last, ...others]) {
        this.#key = slot > 0 ? `${this.#firstKey}~${slot}` : this.#firstKey;
        if (!(await this.#lock(this.#key, slot === last || this.#isNamed))) continue;
        this.#rememberSlot(slot);
        return await this.#load();
      }
      this.#tellError(new this.#callbacks.SteadfastError("persist.held", "another page keeps this session: it is not kept by this one"));
    } catch (error) {
      this.#tellError(this.#failed(error));
    }
    this.#store = undefined;
    return undefined;
  }

  /**
   * Begins to save what `record` gives, of a session of which the user or the record has given the name.
   * @param {SessionOptions} session
   * @param {() => Omit<SavedSession, "sessionId">} record
   */
  begin(session, record) {
    this.#session = session;
    this.#record = record;
    // A tab that is made from this one has a copy of its record.
    if (this.#store && this.#perTab && !this.#release) {
      Promise.resolve(this.#lock(this.#tabLock(session.sessionId))).catch((error) => this.#tellError(this.#failed(error)));
    }
    this.changed();
  }

  /** Something has changed: it is saved soon. */
  changed() {
    if (!this.#record || !this.#store) return;
    this.#isDirty = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.save();
    }, PAUSE);
  }

  /** Saves what has changed, now; what is being saved is waited for, unless there is no time. */
  async save(hasTime = true) {
    if ((this.#saving && hasTime) || !this.#isDirty || !this.#store) return;
    this.#isDirty = false;
    try {
      const { snapshot, messages } = /** @type {() => Omit<SavedSession, "sessionId">} */ (this.#record)();
      const { sessionId, organizationId, userId } = /** @type {SessionOptions & { sessionId: string }} */ (this.#session);
      const record = { version: VERSION, sessionId, organizationId, userId, snapshot, messages };
      this.#saving = this.#store.save(this.#key, record);
      await this.#saving;
      this.#hasFailed = false;
    } catch (error) {
      // Said once, until it has worked again.
      if (!this.#hasFailed) this.#tellError(this.#failed(error));
      this.#hasFailed = true;
    } finally {
      this.#saving = undefined;
    }
    if (this.#isDirty) this.changed();
  }

  /**
   * The page may be going away. If it is `left`, it may come back, but another one may have the session meanwhile.
   * @param {boolean} left
   */
  hurry(left) {
    this.#isDirty = this.#record !== undefined;
    void this.save(!left);
    if (left) this.#letGo();
  }

  /** The page is back. Whether the session is still its own: not so if another one has it now. */
  async comeBack() {
    if (!this.#store || !this.#record || (await this.#lock(/** @type {string} */ (this.#lockName)))) return true;
    clearTimeout(this.#timer);
    this.#timer = this.#record = undefined;
    this.#tellError(new this.#callbacks.SteadfastError("persist.held", "another page keeps this session now"));
    // A session that the user has named has no other place.
    if (this.#isNamed) this.#store = undefined;
    return this.#isNamed;
  }

  /** The session is over, and is forgotten. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = this.#record = undefined;
    this.#isDirty = false;
    return (this.#ending = this.#end());
  }

  /** Whether messages are kept, too. */
  get withMessages() {
    return this.#withMessages;
  }

  async #end() {
    try {
      if (this.#saving) await this.#saving;
      await this.#store?.remove(this.#key);
    } catch (error) {
      this.#tellError(this.#failed(error));
    }
    this.#letGo();
  }

  #letGo() {
    this.#release?.();
    this.#release = undefined;
  }

  async #claimTab() {
    const record = await this.#load();
    return record !== undefined && (await this.#lock(this.#tabLock(record.sessionId), true)) ? record : undefined;
  }

  /** The place that this tab had before its page was loaded anew. Some pages have no such storage. */
  #lastSlot() {
    try {
      const slot = Number(sessionStorage.getItem(`${this.#firstKey} slot`) ?? undefined);
      return slot >= 0 && slot < MOST_SLOTS && !this.#isNamed ? slot : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {number} slot */
  #rememberSlot(slot) {
    try {
      sessionStorage.setItem(`${this.#firstKey} slot`, /** @type {Unchecked} it becomes a text */ (slot));
    } catch {
      // Then another place may be found the next time.
    }
  }

  /** @param {string | undefined} sessionId */
  #tabLock(sessionId) {
    return `${this.#key} ${sessionId}`;
  }

  /**
   * The record, if it makes sense and is of this session.
   * @returns {Promise<SavedSession | undefined>}
   */
  async #load() {
    try {
      const record = await withinLimit(/** @type {SessionStore} */ (this.#store).load(this.#key));
      return record === undefined || record === null ? undefined : this.#checked(record);
    } catch (/** @type {Thrown} */ error) {
      if (!error?.code?.startsWith?.("snapshot.")) throw error;
      this.#tellError(error);
      return undefined;
    }
  }

  /**
   * Whether this page has the lock of this name from now on; it may wait for it. Without locks every page has.
   * @param {string} name
   * @returns {boolean | Promise<boolean>}
   */
  #lock(name, waits = false) {
    this.#lockName = name;
    const { locks } = globalThis.navigator ?? {};
    if (locks === undefined) return true;
    return new Promise((resolve, reject) => {
      const hold = (/** @type {Lock | null} */ lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => (this.#release = release));
      };
      const options = waits ? { signal: AbortSignal.timeout(PATIENCE) } : { ifAvailable: true };
      const inVain = (/** @type {Thrown} */ error) => (waits && error?.name === "TimeoutError" ? resolve(false) : reject(error));
      locks.request(name, options, hold).catch(inVain);
    });
  }

  /** @param {Unchecked} record @returns {SavedSession} */
  #checked(record) {
    const { version, sessionId, snapshot, messages } = record;
    const isMessage = (/** @type {Unchecked} */ entry) => Array.isArray(entry) && Number.isSafeInteger(entry[0]) && this.#callbacks.isPayload(entry[1]);
    const isWhole =
      typeof sessionId === "string" && snapshot instanceof Uint8Array && Array.isArray(messages) && messages.every(isMessage);
    if (version !== VERSION || !isWhole) {
      throw new this.#callbacks.SteadfastError("snapshot.foreign", "what was kept is no record of a session");
    }
    const names = this.#isNamed ? ["organizationId", "userId", "sessionId"] : ["organizationId", "userId"];
    if (names.some((name) => record[name] !== /** @type {Unchecked} */ (this.#session)[name])) {
      throw new this.#callbacks.SteadfastError("snapshot.session", "what was kept is of another session");
    }
    return record;
  }

  /** @param {Thrown} error */
  #failed(error) {
    const { SteadfastError } = this.#callbacks;
    if (error instanceof SteadfastError) return error;
    return new SteadfastError("persist.failed", `the session could not be kept: ${error?.message ?? error}`);
  }
}

/**
 * The result of `loading`; rejects if that takes longer than a store may.
 * @param {unknown} loading
 */
function withinLimit(loading) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store has not loaded it within ${LOAD_LIMIT} ms`)), LOAD_LIMIT);
  });
  return Promise.race([loading, late]).finally(() => clearTimeout(timer));
}
