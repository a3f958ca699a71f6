const TYPES = ["open", "message", "error", "close"];

/** The `on…` attributes of a socket: each is called in its turn among the listeners. */
export class Handlers {
  #target;
  #known = {};

  constructor(target) {
    this.#target = target;
  }

  get(type) {
    return this.#known[type]?.value ?? null;
  }

  /** What is no object becomes null. */
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
        listener: (event) => typeof handler.value === "function" && handler.value.call(target, event),
      };
      this.#known[type] = handler;
      target.addEventListener(type, handler.listener);
    }
  }
}

/** Defines the attributes on a prototype, whose instances have the handlers that `handlersOf` gives. */
export function defineHandlers(prototype, handlersOf) {
  for (const type of TYPES) {
    const name = `on${type}`;
    const attribute = {
      get [name]() {
        return handlersOf(this).get(type);
      },
      set [name](value) {
        handlersOf(this).set(type, value);
      },
    };
    Object.defineProperty(prototype, name, Object.getOwnPropertyDescriptor(attribute, name));
  }
}
