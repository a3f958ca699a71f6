// Uses everything of an entry once, and prints the codes of what it throws: `node --no-expose-wasm no-webassembly-script.js ENTRY`.

import { WebSocket } from "ws";

const package_ = await import(process.argv[2]);
let calls = 0;
const count = () => ++calls;
const codes = new Set();
const refused = (promise) => promise.then(() => codes.add("nothing"), ({ code }) => codes.add(code));

const conn = package_.connect(() => `ws://127.0.0.1:1/${count()}`, { WebSocket });
conn.send("waits");
const drained = refused(conn.drained());
const told = new Promise((resolve) => conn.addEventListener("error", ({ error }) => resolve(codes.add(error.code))));
await refused(conn.ready);
await told;
await drained;
await refused(conn.drained());
await refused(package_.ready());
for (const name of ["executeWithRetry", "executeWithCircuitBreaker"]) {
  if (package_[name]) await refused(package_[name]("x", count));
}
for (const name of ["CircuitBreaker", "ConnectionManager", "HealthMonitor", "RetryManager", "RetryThrottle"]) {
  if (package_[name]) await refused((async () => new package_[name]())());
}
console.log(JSON.stringify({ calls, codes: [...codes], status: conn.state.status }));
