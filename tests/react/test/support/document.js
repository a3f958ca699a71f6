// A document to render into, there before React is loaded.

import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html>", { pretendToBeVisual: true });
globalThis.window = window;
globalThis.document = window.document;
globalThis.navigator ??= window.navigator;
// Events and signals of one make only go together with their own kind.
for (const name of ["AbortController", "AbortSignal", "CustomEvent", "Event", "EventTarget", "MessageEvent"]) {
  globalThis[name] = window[name];
}
for (const name of ["addEventListener", "dispatchEvent", "removeEventListener"]) {
  globalThis[name] = window[name].bind(window);
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

const { act, createElement, StrictMode } = await import("react");
const { createRoot } = await import("react-dom/client");

export const h = createElement;

/** Renders in strict mode; unmounts when the test ends. */
export async function mount(t, element) {
  const root = createRoot(document.createElement("div"));
  const render = (element) => act(async () => root.render(h(StrictMode, null, element)));
  await render(element);
  let mounted = true;
  const unmount = async () => {
    if (mounted) await act(async () => root.unmount());
    mounted = false;
  };
  t.after(unmount);
  return { render, unmount };
}

/** Waits until a condition holds, and lets React render meanwhile. */
export async function renderUntil(what, holds) {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
  }
}
