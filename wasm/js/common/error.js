/** @import { SteadfastErrorCode } from "../index.js" */

/** Something was refused, or went wrong: `code` says what, in a form that stays. */
export class SteadfastError extends Error {
  /** @param {SteadfastErrorCode} code @param {string} message @param {string} [field] */
  constructor(code, message, field) {
    super(message);
    /** @type {"SteadfastError"} */
    this.name = "SteadfastError";
    this.code = code;
    if (field !== undefined) this.field = field;
  }
}

/**
 * Refuses an argument that is not a text.
 * @param {string} field
 * @param {unknown} value
 * @returns {asserts value is string}
 */
export function requireText(field, value) {
  if (typeof value !== "string") {
    throw new SteadfastError("config.type", `${field}: expected a text, not ${describe(value)}`, field);
  }
}

/**
 * Refuses an argument that is not a number.
 * @param {string} field
 * @param {unknown} value
 * @returns {asserts value is number}
 */
export function requireNumber(field, value) {
  if (typeof value !== "number") {
    throw new SteadfastError("config.type", `${field}: expected a number, not ${describe(value)}`, field);
  }
}

/**
 * Refuses an argument that is not a function.
 * @param {string} field
 * @param {unknown} value
 * @returns {asserts value is Function}
 */
export function requireFunction(field, value) {
  if (typeof value !== "function") {
    throw new SteadfastError("config.type", `${field}: expected a function, not ${describe(value)}`, field);
  }
}

/**
 * What kind of value it is, for messages.
 * @param {unknown} value
 */
export function describe(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
}
