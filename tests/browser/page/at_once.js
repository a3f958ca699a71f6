// A page that waits for nothing: the first thing it does with the package is to use a class.

import { ConnectionManager } from "steadfast";

try {
  const manager = new ConnectionManager();
  manager.registerConnection("s", undefined, "acme", "web");
  window.seen = { sessions: manager.totals().sessions };
} catch (error) {
  window.seen = { code: error.code, message: error.message };
}
