// A client in a page, steered from a test.

import { eventually } from "./wait.mjs";

export class PageClient {
  #page;

  constructor(page) {
    this.#page = page;
  }

  /** Connects with the waits of a test instead of those of a day, and reports to the collector. */
  async connect(echo, collector, options = {}) {
    const all = {
      connectTimeout: 2_000,
      retry: { type: "EXPONENTIAL", baseDelay: 100, maxDelay: 500 },
      report: { url: collector.reportUrl, key: collector.publishableKey, interval: 200 },
      ...options,
    };
    await this.#page.evaluate(([url, given]) => window.connect(url, given), [echo.url, all]);
  }

  async send(messages) {
    await this.#page.evaluate((all) => all.forEach((one) => window.witness.connection.send(one)), messages);
  }

  async close() {
    await this.#page.evaluate(() => window.witness.connection.close());
  }

  /** The record of the session. */
  state() {
    return this.#page.evaluate(() => window.witness.connection.state);
  }

  /** What was seen so far: statuses, causes of disconnections, messages, errors. */
  seen() {
    return this.#page.evaluate(() => {
      const { statuses, causes, messages, errors } = window.witness;
      return { statuses, causes, messages, errors };
    });
  }

  /** Waits until the connection has this status. */
  async becomes(status) {
    await eventually(`the page is ${status}`, async () => (await this.state()).status === status);
  }

  /** Waits until that many messages came, and returns all of them. */
  async receives(count) {
    return eventually(`${count} messages have come`, async () => {
      const { messages } = await this.seen();
      return messages.length >= count && messages;
    });
  }
}
