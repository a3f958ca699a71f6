import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How long anything may take that a test waits for. Generous: no test asserts a time. */
const DEADLINE = 60_000;

/** Asks again and again until there is an answer that counts as true, and returns it; gives up after `deadline` ms. */
export async function eventually(what, ask, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer) return answer;
    await sleep(50);
  }
  throw new Error(`waited ${deadline} ms in vain until ${typeof what === "function" ? what() : what}`);
}

/**
 * A port for a server that is killed and comes back: free, and below those that the system gives to
 * outgoing connections, so that none of them takes it meanwhile.
 */
export async function lastingPort() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port between 20000 and 29999");
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
