/** Something was refused, or went wrong: `code` says what, in a form that stays. */
export class SteadfastError extends Error {
  constructor(code, message, field) {
    super(message);
    this.name = "SteadfastError";
    this.code = code;
    if (field !== undefined) this.field = field;
  }
}

/** Refuses an argument that is not a text. */
export function requireText(field, value) {
  if (typeof value !== "string") {
    throw new SteadfastError("config.type", `${field}: expected a text, not ${describe(value)}`, field);
  }
}

/** Refuses an argument that is not a number. */
export function requireNumber(field, value) {
  if (typeof value !== "number") {
    throw new SteadfastError("config.type", `${field}: expected a number, not ${describe(value)}`, field);
  }
}

/** Refuses an argument that is not a function. */
export function requireFunction(field, value) {
  if (typeof value !== "function") {
    throw new SteadfastError("config.type", `${field}: expected a function, not ${describe(value)}`, field);
  }
}

/** What kind of value it is, for messages. */
export function describe(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
}
