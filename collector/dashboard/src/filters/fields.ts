/** The fields of the filter panel. Each reads its filters from an address, and says what they are to be. */

import { joinValues, splitValues } from "../address/address.ts";
import type { Address, Filter } from "../address/address.ts";
import { element } from "../ui/dom.ts";
import { valueOf } from "./change.ts";

export interface Field {
  root: HTMLElement;
  /** Shows what the address says. */
  read: (address: Address) => void;
  /** The filters that are chosen. */
  filters: () => Filter[];
}

/** Some of a few values. */
export function choices(
  title: string,
  name: string,
  values: readonly string[],
  words: (value: string) => string,
): Field {
  const boxes = values.map((value) => element("input", { type: "checkbox", value }));
  const labels = boxes.map((box) => element("label", {}, box, words(box.value)));
  const root = element("fieldset", { class: "choices" }, element("legend", {}, title), ...labels);
  return {
    root,
    read(address) {
      const chosen = splitValues(valueOf(address, name) ?? "");
      for (const box of boxes) box.checked = chosen.includes(box.value);
    },
    filters() {
      const chosen = boxes.filter(({ checked }) => checked).map(({ value }) => value);
      return chosen.length > 0 ? [[name, joinValues(chosen)]] : [];
    },
  };
}

/** Any values, with commas between them. */
export function texts(title: string, name: string, example: string): Field {
  const input = element("input", { type: "text", dir: "auto", placeholder: example });
  const root = element("label", { class: "field" }, title, input);
  return {
    root,
    read: (address) => void (input.value = valueOf(address, name) ?? ""),
    filters: () => (input.value.trim() === "" ? [] : [[name, trimmed(input.value)]]),
  };
}

/** The values as the collector takes them, without the spaces beside commas that are typed out of habit. */
function trimmed(text: string): string {
  return joinValues(splitValues(text).map((value) => value.trim()));
}

/** Key and values of metadata; as many lines as there are, and one more. */
export function metadata(): Field {
  const lines = element("div", { class: "pairs" });
  const root = element("fieldset", {}, element("legend", {}, "Metadata"), lines);
  const add = (key = "", values = "") => {
    const line = element("div", { class: "pair-line" });
    const keyInput = element("input", { type: "text", dir: "auto", placeholder: "region" });
    const valueInput = element("input", { type: "text", dir: "auto", placeholder: "eu, us" });
    keyInput.setAttribute("aria-label", "Key of metadata");
    valueInput.setAttribute("aria-label", "Values of metadata");
    [keyInput.value, valueInput.value] = [key, values];
    line.append(keyInput, element("span", { "aria-hidden": "true" }, "="), valueInput);
    lines.append(line);
    keyInput.addEventListener("input", () => line === lines.lastElementChild && add());
  };
  return {
    root,
    read({ filters }) {
      lines.replaceChildren();
      for (const [name, value] of filters) {
        if (name.startsWith("metadata.")) add(name.slice("metadata.".length), value);
      }
      add();
    },
    filters() {
      const pairs = [...lines.children].map((line) =>
        [...line.querySelectorAll("input")].map(({ value }) => value.trim()),
      );
      return pairs.flatMap(([key = "", value = ""]): Filter[] =>
        key === "" ? [] : [[`metadata.${key}`, trimmed(value)]],
      );
    },
  };
}

/** From one number of milliseconds to another; either may be left open. */
export function latency(): Field {
  const ends = ["minLatency", "maxLatency"].map((name, i) => {
    const attributes = { type: "number", min: "0", step: "any", placeholder: "ms" };
    const input = element("input", attributes);
    input.setAttribute("aria-label", i === 0 ? "Least latency in ms" : "Greatest latency in ms");
    return { name, input };
  });
  const [from, to] = ends.map(({ input }) => input);
  const line = element("div", { class: "pair-line" }, from ?? "", element("span", {}, "to"), to ?? "");
  return {
    root: element("fieldset", {}, element("legend", {}, "Latency"), line),
    read: (address) => ends.forEach(({ name, input }) => (input.value = valueOf(address, name) ?? "")),
    filters: () =>
      ends.flatMap(({ name, input }): Filter[] => (input.value === "" ? [] : [[name, input.value]])),
  };
}

/** From one instant to another, by the clock of this page; either may be left open. */
export function lastLoss(): Field {
  const ends = ["lostSince", "lostUntil"].map((name, i) => {
    const input = element("input", { type: "datetime-local", step: "1" });
    input.setAttribute("aria-label", i === 0 ? "Last loss since" : "Last loss before");
    return { name, input };
  });
  const [from, to] = ends.map(({ input }) => input);
  const line = element("div", { class: "pair-line" }, from ?? "", element("span", {}, "to"), to ?? "");
  return {
    root: element("fieldset", {}, element("legend", {}, "Time of the last loss"), line),
    read: (address) => ends.forEach(({ name, input }) => (input.value = local(valueOf(address, name)))),
    filters: () =>
      ends.flatMap(({ name, input }): Filter[] => {
        const at = new Date(input.value).getTime();
        return Number.isNaN(at) ? [] : [[name, String(at)]];
      }),
  };
}

/** An instant as such a field has it: without a time zone. */
function local(instant: string | undefined): string {
  const at = new Date(Number(instant ?? Number.NaN));
  if (Number.isNaN(at.getTime())) return "";
  const shifted = new Date(at.getTime() - 60_000 * at.getTimezoneOffset());
  return shifted.toISOString().slice(0, 19);
}
