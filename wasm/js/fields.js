// Options, read field by field: what is of the wrong type, and what nobody asked for, is refused by name. What the module
// gets of them is numbers in the order of the fields here, and in numbers.rs's users; absent ones are undefined, and so NaN.

import { SteadfastError } from "./error.js";

/** A refusal of a field's value. */
export function wrong(field, problem) {
  return new SteadfastError("config.type", `${field}: ${problem}`, field);
}

/** A refusal of a number. */
export function outOfRange(field, value, allowed) {
  return new SteadfastError("config.out_of_range", `${field} is ${value}; allowed is ${allowed}`, field);
}

/**
 * The fields of an object, in the order of `kinds`, which says by its name what each may be; none, if it is `undefined`.
 * `path` is the object's own name, empty for the outermost.
 */
export function read(given, kinds, path = "") {
  if (given !== undefined && !isObject(given)) throw wrong(path || "options", "expected an object");
  const left = { ...given };
  const named = (field) => (path ? `${path}.${field}` : field);
  const values = Object.entries(kinds).map(([field, kind]) => {
    const value = left[field];
    delete left[field];
    return kind(value, named(field));
  });
  for (const field in left) {
    // What is there but `undefined` is as good as absent, whatever its name.
    if (left[field] === undefined) continue;
    throw new SteadfastError("config.unknown_field", `there is no option ${named(field)}`, named(field));
  }
  return values;
}

/** What was read, as the module takes it. */
export function numbers(...values) {
  return Float64Array.from(values.flat(Infinity));
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const optional = (check) => (value, field) => (value === undefined ? undefined : check(value, field));

/** A number of at least zero. */
export const number = optional((value, field) => {
  if (typeof value !== "number") throw wrong(field, "expected a number");
  if (value >= 0) return value;
  throw outOfRange(field, value, "a number of at least 0");
});

/** Refuses a number that counts nothing. */
export function requireCount(field, value) {
  if (!Number.isInteger(value) || value < 1) throw outOfRange(field, value, "a whole number of at least 1");
}

/** A whole number. */
export const whole = optional((value, field) => {
  if (Number.isInteger(number(value, field))) return value;
  throw wrong(field, "expected a whole number");
});

export const text = optional((value, field) => {
  if (typeof value === "string") return value;
  throw wrong(field, "expected a text");
});

/** A name; read is its place in the list. */
export const oneOf = (names, known = names.join(", ")) =>
  optional((value, field) => {
    const place = names.indexOf(text(value, field));
    if (place >= 0) return place;
    throw new SteadfastError("config.unknown_value", `${field} is "${value}"; known is ${known}`, field);
  });

/** A list of what `isRight`; read is its length before it. */
export const list = (isRight, expected) =>
  optional((value, field) => {
    if (Array.isArray(value) && value.every(isRight)) return [value.length, ...value];
    throw wrong(field, expected);
  });

/** An object of such fields. */
export const object = (kinds) => (value, path) => read(value, kinds, path);

const JITTERS = ["none", "full", "equal", "decorrelated"];
const STRATEGY = {
  type: text,
  baseDelay: number,
  fixedDelay: number,
  maxDelay: number,
  multiplier: number,
  increment: number,
  jitter: optional((value, field) => {
    const place = typeof value === "boolean" ? Number(value) : JITTERS.indexOf(value);
    if (place >= 0) return place;
    throw wrong(field, "expected true, false or the name of a jitter");
  }),
  jitterRange: number,
  circuitBreakerThreshold: whole,
  circuitBreakerTimeout: number,
};

/** How something is tried again: the type, which is absent only with the whole, and numbers. */
export function strategy(given) {
  const [type = given && "", ...rest] = read(given, STRATEGY, "retry");
  return [type, rest];
}

/** How peers are probed. */
export const PROBING = {
  jitter: number,
  maxMissed: whole,
  lateMin: number,
  lateMax: number,
  probeAfterSend: number,
  intervals: object({ excellent: number, good: number, poor: number, critical: number, unknown: number }),
};

const isFact = (value) => ["boolean", "number", "string"].includes(typeof value);

/** Who a session is: four texts, and the names and values of its metadata. */
export const SESSION = {
  sessionId: text,
  clientType: text,
  userId: text,
  organizationId: text,
  metadata: (value = {}, field) => {
    if (isObject(value) && Object.values(value).every(isFact)) return Object.entries(value).flat();
    throw wrong(field, "expected an object of texts, numbers and truth values");
  },
};
