import { SteadfastError, describe } from "../common/error.js";

/**
 * Refuses options of a call that are no object, or among which one is not `known`: a misspelt one would change nothing.
 * @param {unknown} options
 * @param {Set<string>} known
 */
export function requireKnown(options, known) {
  if (typeof options !== "object" || options === null) {
    throw new SteadfastError("config.type", `options: expected an object, not ${describe(options)}`, "options");
  }
  for (const name in options) {
    if (known.has(name)) continue;
    throw new SteadfastError("config.unknown_field", `${name} is not an option; allowed are ${[...known].join(", ")}`, name);
  }
}
