// A page that connects and closes all day holds no more in the end than in the beginning.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { Echo } from "./harness/servers.mjs";
import { PIECES, serve } from "./harness/site.mjs";
import { eventually } from "./harness/wait.mjs";

inEachBrowser("after 10,000 connections a page holds what it held after 100", async (t, open) => {
  const tab = await stage(t, open);
  // Browsers limit the real sockets that a page opens in a second.
  const cycles = (count) => tab.evaluate(cycle, "ws://nowhere.invalid/", count, 100, true);
  await cycles(100);
  await holdsNoMore(tab, cycles, 9_900);
});

inEachBrowser("after 1,000 connections over real sockets a page holds what it held after 200", async (t, open) => {
  const tab = await stage(t, open);
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const cycles = (count) => tab.evaluate(cycle, echo.url, count, 200, false);
  await cycles(200);
  await holdsNoMore(tab, cycles, 800);
});

/** A page in which is counted what is asked of the browser. */
async function stage(t, open) {
  // The pieces that the package is bundled from: there can be asked what the module exports.
  const site = await serve(PIECES);
  t.after(() => site.close());
  const tab = await open(site.url);
  await tab.evaluate(watch);
  return tab;
}

/** What the page holds: the module's memory and references, and what it has asked the browser for. */
async function held(tab) {
  const counted = await tab.evaluate(async () => {
    const { connections } = await import("/connection/connecting.js");
    // Their names are short and of no meaning: see xtask/src/package/names.rs.
    const exported = Object.values(connections.exports);
    const memory = exported.find((value) => value instanceof WebAssembly.Memory);
    const tables = exported.filter((value) => value instanceof WebAssembly.Table);
    const references = tables.reduce((sum, table) => sum + table.length, 0);
    return { memory: memory.buffer.byteLength, references, ...window.asked() };
  });
  return counted;
}

/**
 * Cycles leave nothing behind. The browser and its driver make functions of their own now and then: a leak would be one in each
 * cycle. A socket that has just ended still refers to its listeners, so the count may take a moment to fall. And peers end
 * their links in an order of their own, so that the module's memory may have to grow once by a page because of its gaps: a leak
 * makes it grow each time.
 */
async function holdsNoMore(tab, cycles, count) {
  const sizes = [];
  const before = await tab.countFunctions();
  let { memory, ...early } = await held(tab);
  do {
    sizes.push(memory);
    await cycles(count);
    await fallsTo(tab, before, before + count / 20);
    const { memory: size, ...rest } = await held(tab);
    assert.deepEqual(rest, early);
    memory = size;
  } while (memory > sizes.at(-1) && sizes.length < 3);
  assert.equal(memory, sizes.at(-1), `the memory grew each time: ${[...sizes, memory]} bytes`);
}

/** Waits until no more than `most` functions live in the page, of which there were `before`. */
async function fallsTo(tab, before, most) {
  if (before === undefined) return;
  let now;
  const fewEnough = async () => (now = await tab.countFunctions()) < most;
  await eventually(() => `${before} functions, which became ${now}, are fewer than ${most} again`, fewEnough);
}

/** Counts what is asked of the browser and not given back: timers, and listeners on what outlives a connection. */
function watch() {
  const timers = new Set();
  const { setTimeout, clearTimeout } = window;
  window.setTimeout = (callback, ...rest) => {
    const id = setTimeout((...args) => {
      timers.delete(id);
      callback(...args);
    }, ...rest);
    timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => {
    timers.delete(id);
    clearTimeout(id);
  };
  let listeners = 0;
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (type, listener, options) => {
      listeners += 1;
      options?.signal?.addEventListener("abort", () => (listeners -= 1), { once: true });
      addEventListener.call(target, type, listener, options);
    };
    target.removeEventListener = (...rest) => {
      listeners -= 1;
      removeEventListener.apply(target, rest);
    };
  }
  window.asked = () => ({ timers: timers.size, listeners });
}

/** Connects, exchanges a message and closes, that many times; over sockets that are not real, if they shall be `quick`. */
async function cycle(url, count, atOnce, quick) {
  class Quick {
    readyState = 0;
    bufferedAmount = 0;
    protocol = "";

    constructor() {
      setTimeout(() => {
        this.readyState = 1;
        this.onopen?.(new Event("open"));
      });
    }

    send(data) {
      if (data === "hello") queueMicrotask(() => this.onmessage?.(new MessageEvent("message", { data })));
    }

    close() {
      this.readyState = 3;
    }
  }
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      begun += 1;
      const heartbeat = { preset: "steadfast" };
      const connection = window.steadfast.connect(url, quick ? { heartbeat, WebSocket: Quick } : { heartbeat });
      const echoed = new Promise((resolve) => connection.addEventListener("message", resolve, { once: true }));
      connection.send("hello");
      await echoed;
      await connection.close();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
