// The entry `steadfast/persist`: the script for the option `persist`, imported beforehand. Service workers need it, as nothing
// can be imported there later.

import * as persistence from "../persistence/persistence.js";

// Were it to share a file with loader.js, pages that never load it would load one file more.
/** @type {Record<symbol, unknown>} */ (/** @type {unknown} */ (globalThis))[Symbol.for("steadfast.persistence")] = persistence;
