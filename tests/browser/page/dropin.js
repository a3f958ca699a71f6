// A page that makes the class global, without waiting for anything.

import { createClient } from "graphql-ws";
import { SteadfastWebSocket } from "steadfast";

const QUICK = { minReconnectionDelay: 20, maxReconnectionDelay: 200 };

/** A socket as a page has one, in the page's first task; what happens to it is written down. */
window.open = (url) => {
  const socket = new SteadfastWebSocket(url, [], QUICK);
  const seen = { states: [socket.readyState], events: [], messages: [], types: [] };
  socket.binaryType = "arraybuffer";
  socket.onopen = () => seen.events.push("open");
  socket.onclose = ({ code, wasClean }) => seen.events.push(`close ${code} ${wasClean}`);
  socket.onmessage = ({ data, target }) => {
    seen.messages.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
    seen.types.push([data.constructor.name, target === socket]);
  };
  return Object.assign(window, { socket, seen });
};

/** A client of a library, and what asks it. */
window.openClient = (url) => {
  const client = createClient({
    url,
    webSocketImpl: SteadfastWebSocket.with({ reconnect: false }),
    lazy: false,
    retryAttempts: 1000,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
    onNonLazyError: () => {},
  });
  window.ask = () =>
    new Promise((resolve, reject) => {
      let answer;
      const sink = { next: ({ data }) => (answer = data.hello), error: reject, complete: () => resolve(answer) };
      client.subscribe({ query: "{ hello }" }, sink);
    });
  window.dispose = () => client.dispose();
};

const address = new URL(location.href).searchParams.get("open");
if (address) window.open(address);
window.isReady = true;
