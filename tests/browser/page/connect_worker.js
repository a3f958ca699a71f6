// A worker of any kind that connects on a message, and answers with what it has seen.

import { connect } from "/pkg/connect.js";

let connection;
const seen = { statuses: [], messages: [], events: [] };
for (const type of ["online", "offline"]) addEventListener(type, () => seen.events.push(type));

const orders = {
  /** Fetches the module while there is a network. */
  async load() {
    const first = connect("ws://127.0.0.1:1/");
    await first.ready;
    await first.close();
  },
  connect({ url, options }) {
    connection = connect(url, options);
    connection.addEventListener("status.changed", ({ detail }) => seen.statuses.push(detail.to));
    connection.addEventListener("message", ({ data }) => seen.messages.push(data));
  },
  send: ({ text }) => void connection.send(text),
  look: () => ({ ...seen, status: connection?.state.status, onLine: navigator.onLine }),
};
const obey = async (port, { order, ...rest }) => port.postMessage(await orders[order](rest));

if (typeof SharedWorkerGlobalScope !== "undefined") {
  self.onconnect = ({ ports: [port] }) => (port.onmessage = ({ data }) => obey(port, data));
} else if (typeof ServiceWorkerGlobalScope !== "undefined") {
  self.onmessage = ({ data, ports: [port] }) => obey(port, data);
} else {
  self.onmessage = ({ data }) => obey(self, data);
}
