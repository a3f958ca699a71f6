// What a service worker does that keeps its session: connects, waits until the record is there, and begins anew as if restarted.

const retry = { type: "FIXED", fixedDelay: 10 };

export function keepWhenAsked(connect) {
  self.addEventListener("message", (event) => event.waitUntil(keep(connect, event.ports[0])));
}

async function keep(connect, port) {
  const errors = [];
  const open = (store) => {
    const conn = connect("ws://127.0.0.1:1/", { persist: store, retry });
    conn.addEventListener("error", ({ error }) => errors.push(`${error.code} ${error.message}`));
    return conn;
  };
  await new Promise((resolve) => {
    const conn = open("indexeddb");
    conn.addEventListener("retry.failed", () => resolve(conn.close()), { once: true });
  });
  let record;
  const saved = Promise.withResolvers();
  const first = open({ load: () => undefined, save: (_, kept) => saved.resolve((record = structuredClone(kept))), remove() {} });
  await saved.promise;
  const { sessionId } = first.state;
  const second = open({ load: () => record, save() {}, remove() {} });
  await second.ready;
  const isSame = second.state.sessionId === sessionId;
  await Promise.all([first.close(), second.close()]);
  port.postMessage({ errors, isSame });
}
