// What `steadfast` and `steadfast/inline` export, by idea.

export * from "./types/connection.js";
export * from "./types/options.js";
export * from "./types/session.js";
export * from "./types/heartbeat.js";
export * from "./types/events.js";
export * from "./types/websocket.js";
export * from "./types/errors.js";
export * from "./types/manager.js";
export * from "./types/health.js";
export * from "./types/retry.js";
export * from "./types/breaker.js";
export * from "./types/throttle.js";

/**
 * Resolves when both WebAssembly modules run: that of connections, and that of the classes whose methods answer at once.
 * Nothing needs it, but a browser's page that must not wait for the second one: such a class fetches it meanwhile, if it
 * does not run when the first one is made. Where that cannot be done, as in service workers, they throw
 * `module.not_ready`. In Node and with `steadfast/inline` the modules are always at hand. A page that only connects never
 * fetches the second one, unless it calls this.
 */
export function ready(): Promise<void>;
