import { setTimeout as sleep } from "node:timers/promises";

/** Waits until a condition holds. */
export async function eventually(what, holds) {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await sleep(5);
  }
}
