/**
 * Imports the script for the option `persist` beforehand. A service worker needs it, where nothing can be imported later:
 * `import "steadfast/persist"`. `steadfast/inline` has it already.
 */
export {};
