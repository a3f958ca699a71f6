/** The buttons that make the server misbehave. They show how it behaves now, whichever page changed that. */

import type { Control, Mode, ServerState } from "./control.ts";
import { byId } from "./dom.ts";

const POLL_MILLIS = 1000;

const NAMES: Record<Mode, string> = {
  normal: "behaves",
  refuse: "refuses new connections",
  blackhole: "swallows everything and answers nothing",
  delay: "answers late",
};

/** Shows the buttons, and keeps them up to date for as long as the page is open. */
export function showServer(control: Control): void {
  const section = byId("server", HTMLElement);
  const delay = byId("delay", HTMLInputElement);
  const state = byId("server-state", HTMLElement);
  const buttons = [...section.querySelectorAll<HTMLButtonElement>("button[data-mode]")];
  section.hidden = false;

  async function refresh(): Promise<void> {
    try {
      show(await control.state());
    } catch {
      state.textContent = "the server does not answer";
      buttons.forEach((button) => button.removeAttribute("aria-pressed"));
    }
  }

  function show(now: ServerState): void {
    const late = now.mode === "delay" ? ` by ${now.delayMillis ?? 0} ms` : "";
    const text = `It ${NAMES[now.mode]}${late}. Connections: ${now.connections}, echoes: ${now.echoed}`;
    if (state.textContent !== text) state.textContent = text;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset["mode"] === now.mode));
    }
  }

  async function command(run: () => Promise<void>): Promise<void> {
    await run().catch(() => undefined); // The state that is shown next says that it did not answer.
    await refresh();
  }

  const behave = (mode: Mode) => command(() => control.behave(mode, delay.valueAsNumber || 0));
  for (const button of buttons) {
    button.addEventListener("click", () => void behave(button.dataset["mode"] as Mode));
  }
  delay.addEventListener("change", () => {
    const pressed = section.querySelector('[data-mode="delay"][aria-pressed="true"]');
    if (pressed) void behave("delay");
  });
  byId("drop", HTMLButtonElement).addEventListener(
    "click",
    () => void command(() => control.drop()),
  );
  void poll();

  async function poll(): Promise<void> {
    if (!document.hidden) await refresh();
    setTimeout(() => void poll(), POLL_MILLIS);
  }
}
