/** Webhooks: where alerts are sent, in which format, and whether a test message arrives. */

import type { MadeWebhook, WantedWebhook, Webhook, WebhookTest } from "../collector/wire.ts";
import { element, setText } from "../ui/dom.ts";
import { isolate } from "../ui/format.ts";

/** What the card asks of the collector. */
export interface WebhookSource {
  webhooks: () => Promise<readonly Webhook[]>;
  add: (wanted: WantedWebhook) => Promise<MadeWebhook>;
  remove: (id: string) => Promise<unknown>;
  test: (id: string) => Promise<WebhookTest>;
}

const FORMATS: Record<Webhook["format"], string> = {
  signed: "Signed JSON",
  slack: "Slack",
  pagerduty: "PagerDuty",
  alertmanager: "Alertmanager",
};

export class WebhooksCard {
  readonly root = element("section", { class: "card", "aria-labelledby": "webhooks-title" });
  readonly #source: WebhookSource;
  readonly #list = element("ul", { class: "plain-list" });
  readonly #none = element("p", { class: "muted" }, "No webhook is set up here.");
  readonly #problem = element("p", { class: "error small", role: "alert" });
  readonly #made = element("p", { class: "note", role: "status", hidden: true });
  readonly #format = element("select", { "aria-label": "Format" });
  readonly #url = element("input", { type: "url", placeholder: "https://…", "aria-label": "Address" });
  readonly #secret = element("input", {
    type: "password",
    autocomplete: "off",
    placeholder: "Secret or routing key",
    "aria-label": "Secret or routing key",
  });

  constructor(source: WebhookSource) {
    this.#source = source;
    for (const [format, words] of Object.entries(FORMATS)) {
      this.#format.append(element("option", { value: format }, words));
    }
    const form = element("form", { class: "line-form" }, this.#format, this.#url, this.#secret);
    form.append(element("button", { type: "submit" }, "Add"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#attempt(() => this.#add());
    });
    const about = "They get a message when an alert is raised, grows worse or resolves.";
    this.root.append(
      element("h3", { id: "webhooks-title" }, "Webhooks"),
      element("p", { class: "muted small" }, about),
      this.#none,
      this.#list,
      form,
      this.#made,
      this.#problem,
    );
  }

  async reload(): Promise<void> {
    const webhooks = await this.#source.webhooks();
    const known = new Set(webhooks.map(({ id }) => id));
    this.#none.hidden = webhooks.length > 0;
    // A row stays the same element, and with it the result of its test.
    for (const row of [...this.#list.children]) {
      const { webhook = "" } = row instanceof HTMLElement ? row.dataset : {};
      if (!known.delete(webhook)) row.remove();
    }
    for (const webhook of webhooks) {
      if (known.has(webhook.id)) this.#list.append(this.#row(webhook));
    }
  }

  async #add(): Promise<void> {
    const [url, secret] = [this.#url.value.trim(), this.#secret.value.trim()];
    const made = await this.#source.add({
      format: this.#format.value as Webhook["format"],
      ...(url !== "" && { url }),
      ...(secret !== "" && { secret }),
    });
    this.#url.value = this.#secret.value = "";
    this.#made.hidden = made.secret === undefined;
    setText(this.#made, `Messages are signed with this secret, shown this once: ${made.secret}`);
  }

  #row({ createdBy, format, host, id }: Webhook): HTMLElement {
    const words = element("div", {}, element("strong", {}, FORMATS[format]));
    words.append(element("span", { class: "muted small" }, ` ${host}, by ${isolate(createdBy)}`));
    const outcome = element("p", { class: "small", role: "status" });
    words.append(outcome);
    const test = element("button", { type: "button" }, "Send a test");
    test.setAttribute("aria-label", `Send a test to ${host}`);
    test.addEventListener("click", () => {
      setText(outcome, "Sending …");
      void this.#attempt(async () => setText(outcome, told(await this.#source.test(id))));
    });
    const remove = element("button", { type: "button" }, "Remove");
    remove.setAttribute("aria-label", `Remove the webhook to ${host}`);
    remove.addEventListener("click", () => void this.#attempt(() => this.#source.remove(id)));
    return element("li", { "data-webhook": id }, words, test, remove);
  }

  async #attempt(act: () => Promise<unknown>): Promise<void> {
    setText(this.#problem, "");
    try {
      await act();
      await this.reload();
    } catch (error) {
      setText(this.#problem, error instanceof Error ? error.message : String(error));
    }
  }
}

function told({ delivered, error, status }: WebhookTest): string {
  if (delivered) return `The test was taken${status === undefined ? "" : `, with status ${status}`}.`;
  return status === undefined
    ? `The test did not arrive: ${error ?? "no answer"}.`
    : `The test was refused with status ${status}.`;
}
