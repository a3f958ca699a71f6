/** `steadfast` for pages that only connect: they load nothing of the other classes. */
export type * from "./index.js";
export { SteadfastError, SteadfastWebSocket, connect } from "./index.js";

/** Resolves when the module for connections runs. Nothing needs it. */
export function ready(): Promise<void>;
