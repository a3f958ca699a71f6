/** A few choices side by side, of which one at most is chosen. */

import { element } from "./dom.ts";

export interface Segments {
  root: HTMLElement;
  /** Shows that this is chosen; none without it. */
  choose: (value: string | undefined) => void;
}

/** @param chosen called with the value that somebody chooses */
export function segments(
  label: string,
  values: readonly string[],
  chosen: (value: string) => void,
  words: (value: string) => string = (value) => value.replace(/(\d)(\D)/, "$1 $2"),
): Segments {
  const root = element("div", { class: "segments", role: "group", "aria-label": label });
  const buttons = values.map((value) => {
    const attributes = { type: "button", "aria-pressed": "false" };
    const button = element("button", attributes, words(value));
    button.addEventListener("click", () => chosen(value));
    root.append(button);
    return { value, button };
  });
  return {
    root,
    choose(value) {
      for (const { value: one, button } of buttons) {
        button.setAttribute("aria-pressed", String(one === value));
      }
    },
  };
}
