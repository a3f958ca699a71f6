/** What is sent, by hand or by itself, and what comes back. */

import type { Connection } from "steadfast";

import { byId, byTestId, Log } from "./dom.ts";
import { Ledger } from "./ledger.ts";
import type { Finding } from "./ledger.ts";

const AUTO_SEND_MILLIS = 500;
const MOST_SHOWN = 200;

/** Sends what is typed, ticks by itself if asked to, and shows what comes back. */
export function exchangeMessages(connection: Connection): void {
  const messages = new Messages(connection);
  connection.addEventListener("message", ({ data }) => messages.receive(String(data)));

  const form = byId("send", HTMLFormElement);
  const input = byId("message", HTMLInputElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value !== "" && messages.send(input.value)) input.value = "";
    input.focus();
  });

  const auto = byId("auto", HTMLInputElement);
  setInterval(() => {
    if (auto.checked) messages.send("tick");
  }, AUTO_SEND_MILLIS);
}

class Messages {
  readonly #connection: Connection;
  readonly #ledger = new Ledger();
  readonly #log = new Log(byTestId("messages"), MOST_SHOWN);
  readonly #counts = byTestId("counts");
  readonly #refused = byId("refused", HTMLElement);

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#showCounts();
  }

  /** Takes in a message of the server. */
  receive(message: string): void {
    for (const finding of this.#ledger.receive(message, performance.now())) this.#show(finding);
    this.#showCounts();
  }

  /** True if the message went out or waits for the link; what is refused is not sent later. */
  send(text: string): boolean {
    try {
      this.#connection.send(this.#ledger.number(text));
    } catch (error) {
      this.#refused.textContent = error instanceof Error ? error.message : String(error);
      return false;
    }
    this.#ledger.sent(performance.now());
    this.#refused.textContent = "";
    this.#showCounts();
    return true;
  }

  #show(finding: Finding): void {
    const { kind } = finding;
    if (kind === "foreign") {
      this.#log.add("", finding.text, "not ours", kind);
    } else if (kind === "missing") {
      const { from, to } = finding;
      const which = from === to ? `#${from}` : `#${from} to #${to}`;
      this.#log.add(which, "went into a link that was already dead", kind, kind);
    } else {
      this.#log.add(`#${finding.number}`, finding.text, remark(finding), kind);
    }
  }

  #showCounts(): void {
    const { sent, echoed, missing, duplicate } = this.#ledger.counts;
    this.#counts.textContent = `${sent} sent, ${echoed} back, ${missing} missing, ${duplicate} twice`;
  }
}

function remark(finding: Finding): string {
  if (finding.kind !== "echoed") return finding.kind;
  return finding.tookMillis === undefined ? "" : `${Math.round(finding.tookMillis)} ms`;
}
