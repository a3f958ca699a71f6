// A page that passes orders on to a worker of each kind.

const SCRIPT = "/connect_worker.js";
const MODULE = { type: "module" };

const ports = {
  dedicated: async () => new Worker(SCRIPT, MODULE),
  shared: async () => new SharedWorker(SCRIPT, MODULE).port,
  service: async () => {
    await navigator.serviceWorker.register(SCRIPT, MODULE);
    const { active } = await navigator.serviceWorker.ready;
    return {
      postMessage(data) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = (event) => this.onmessage(event);
        active.postMessage(data, [port2]);
      },
    };
  },
};
const started = {};

/** Gives an order to the worker of a kind, and returns its answer. */
window.tell = async (kind, order) => {
  const port = await (started[kind] ??= ports[kind]());
  return new Promise((resolve) => {
    port.onmessage = ({ data }) => resolve(data);
    port.postMessage(order);
  });
};
