// A worker that waits for nothing.

import { ConnectionManager, ready } from "/pkg/index.js";

const use = () => {
  try {
    return { sessions: new ConnectionManager().totals().sessions };
  } catch ({ code, message }) {
    return { code, message };
  }
};
const first = use();
const answer = async (port) => {
  await ready();
  port.postMessage([first, use()]);
};
// A worker of its page's own has a page to talk to, a service worker is talked to.
if (typeof WorkerGlobalScope !== "undefined" && typeof clients !== "undefined") {
  self.addEventListener("message", (event) => answer(event.ports[0]));
} else {
  answer(self);
}
