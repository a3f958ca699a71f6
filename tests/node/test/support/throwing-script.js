// Throws from every callback of a connection, and shows that it goes on: `node throwing-script.js URL`.

import { connect } from "steadfast";
import { WebSocket } from "ws";

const [url] = process.argv.slice(2);
const thrown = new Set();
/** A function that throws at its first calls, and then does what it should. */
function throwing(name, call, times = 1) {
  return function (...given) {
    if (times-- > 0) {
      thrown.add(name);
      throw new Error(`thrown by ${name}`);
    }
    return call.apply(this, given);
  };
}
process.on("uncaughtException", ({ message }) => {
  if (!message.startsWith("thrown by")) {
    console.log(`uncaught: ${message}`);
    process.exit(1);
  }
});
process.on("unhandledRejection", (error) => {
  console.log(`unhandled: ${error.message}`);
  process.exit(1);
});

/** Its constructor, its messages and its goodbye throw once each. */
const construct = throwing("constructor", (make) => make());
const say = throwing("send", (send) => send(), 2);
const goodbye = throwing("close", (close) => close());
class Throwing extends WebSocket {
  constructor(...given) {
    super(...construct(() => given));
  }
  send(...given) {
    say(() => super.send(...given));
  }
  close(...given) {
    goodbye(() => super.close(...given));
  }
  terminate() {
    super.terminate();
    throw new Error("thrown by terminate");
  }
  get bufferedAmount() {
    return 0;
  }
}

const store = { load: throwing("load", () => undefined), save: throwing("save", () => {}), remove: throwing("remove", () => {}) };
const thenable = { then: throwing("then", (resolve) => resolve(url)) };
const where = throwing("address", () => thenable);
const conn = connect(where, {
  WebSocket: Throwing,
  protocols: throwing("protocols", () => []),
  retry: { type: "FIXED", fixedDelay: 5 },
  persist: store,
  heartbeat: {
    ping: throwing("ping", (id) => `ping ${id}`),
    pong: throwing("pong", (data) => (String(data).startsWith("ping ") ? Number(String(data).slice(5)) : undefined)),
    answer: throwing("answer", () => undefined),
    promise: throwing("promise", () => undefined),
    intervals: { excellent: 20, good: 20, poor: 20, critical: 20, unknown: 20 },
    lateMin: 50,
    lateMax: 100,
    maxMissed: 3,
  },
});
// Each listener throws each time, and so does the first dispatch of each type.
const TYPES = ["open", "message", "error", "status.changed", "disconnected", "heartbeat", "retry.attempt", "retry.failed", "message.delivery"];
for (const type of TYPES) {
  conn.addEventListener(type, () => {
    throw new Error(`thrown by a listener of ${type}`);
  });
}
const dispatch = {};
conn.dispatchEvent = function (event) {
  dispatch[event.type] ??= throwing(`dispatch of ${event.type}`, (event) => EventTarget.prototype.dispatchEvent.call(this, event));
  return dispatch[event.type](event);
};

const heard = [];
void (async () => {
  for await (const message of conn) heard.push(String(message));
})();
const until = async (holds) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};
await until(() => conn.state.status === "CONNECTED");
const done = [];
for (let n = 0; !heard.includes("last"); n++) {
  if (conn.waitingMessages === 0) conn.send(n < 5 ? `message ${n}` : "last");
  await new Promise((resolve) => setTimeout(resolve, 5));
}
done.push("sent", "received");
const { totalDisconnections } = conn.state;
conn.reconnect();
await until(() => conn.state.status === "CONNECTED" && conn.state.totalDisconnections > totalDisconnections);
const before = heard.length;
conn.send("again");
await until(() => heard.length > before);
done.push("reconnected");
await until(() => thrown.has("ping") && thrown.has("pong") && thrown.has("answer") && thrown.has("promise"));
await conn.close();
done.push("closed");
console.log([...thrown].join(", "));
console.log(done.join(", "));
