import { once } from "node:events";

/** The next event of a name for which `holds`. */
export async function next(target, name, holds = () => true) {
  for (;;) {
    const [event] = await once(target, name, { signal: AbortSignal.timeout(60_000) });
    if (holds(event)) return event;
  }
}

/** Resolves when the connection has the status. */
export async function becomes(conn, status) {
  if (conn.state.status !== status) await next(conn, "status.changed", (event) => event.detail.to === status);
}

/** Resolves once `holds`, which is asked every few milliseconds. */
export async function until(holds) {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within a minute: ${holds}`);
    await pause(5);
  }
}

export const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** The next `count` messages. */
export async function take(messages, count) {
  const taken = [];
  while (taken.length < count) taken.push((await messages.next()).value);
  return taken;
}
