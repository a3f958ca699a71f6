const TYPES = ["open", "message", "error", "close"];

/** The `on…` attributes of a socket: each is called in its turn among the listeners. */
export class Handlers {
  /** @type {EventTarget} */
  #target;
  /** @type {Record<string, { value: Unchecked, listener: (event: Event) => void } | undefined>} */
  #known = {};

  /** @param {EventTarget} target */
  constructor(target) {
    this.#target = target;
  }

  /** @param {string} type */
  get(type) {
    return this.#known[type]?.value ?? null;
  }

  /**
   * What is no object becomes null.
   * @param {string} type
   * @param {Unchecked} value
   */
  set(type, value) {
    const present = this.#known[type];
    const target = this.#target;
    if (value === null || (typeof value !== "function" && typeof value !== "object")) {
      if (present) target.removeEventListener(type, present.listener);
      this.#known[type] = undefined;
    } else if (present) {
      present.value = value;
    } else {
      const handler = {
        value,
        /** @param {Event} event */
        listener: (event) => typeof handler.value === "function" && handler.value.call(target, event),
      };
      this.#known[type] = handler;
      target.addEventListener(type, handler.listener);
    }
  }
}

/**
 * Defines the attributes on a prototype, whose instances have the handlers that `handlersOf` gives.
 * @param {object} prototype
 * @param {(instance: Unchecked) => Handlers} handlersOf
 */
export function defineHandlers(prototype, handlersOf) {
  for (const type of TYPES) {
    const name = `on${type}`;
    const attribute = {
      /** @returns {Unchecked} */
      get [name]() {
        return handlersOf(this).get(type);
      },
      /** @param {Unchecked} value */
      set [name](value) {
        handlersOf(this).set(type, value);
      },
    };
    Object.defineProperty(prototype, name, /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(attribute, name)));
  }
}
