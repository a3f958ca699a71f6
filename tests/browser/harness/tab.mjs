// A page in a tab, and what its user and the system may do to it.

import { eventually } from "./wait.mjs";

/** What a browser itself says about a server that is down; everything else is an error of ours. */
const SERVER_IS_DOWN =
  /WebSocket connection to .* failed|Failed to load resource: |can’t establish a connection|was interrupted while the page/;

export class Tab {
  errors = [];
  #browser;
  /** Whether the driver speaks Chromium's own protocol. */
  #hasCdp;
  #page;
  #cdp;

  static async open(browser, hasCdp, url) {
    const tab = new Tab();
    tab.#browser = browser;
    tab.#hasCdp = hasCdp;
    tab.#page = await browser.newPage();
    const note = (error) => SERVER_IS_DOWN.test(error) || tab.errors.push(error);
    tab.#page.on("pageerror", (error) => note(String(error)));
    tab.#page.on("console", (message) => message.type() === "error" && note(message.text()));
    await tab.#page.goto(url);
    return tab;
  }

  /** Calls a function in the page. */
  evaluate(call, ...args) {
    return this.#page.evaluate(call, ...args);
  }

  /** Waits until a function in the page gives something that counts as true, and returns it. */
  until(what, call, ...args) {
    return eventually(what, () => this.evaluate(call, ...args));
  }

  async reload() {
    await this.#page.reload();
  }

  /** Puts another tab in front of it. */
  async hide() {
    const other = await this.#browser.newPage();
    await other.bringToFront();
    await this.until("the page is hidden", () => document.visibilityState === "hidden");
    return other;
  }

  /** Puts it in front. */
  async show() {
    await this.#page.bringToFront();
    await this.until("the page is visible", () => document.visibilityState === "visible");
  }

  /** Stops its tasks, as a browser does with a page that was hidden for long. */
  async freeze() {
    await this.#lifecycle("frozen");
  }

  /** Lets its tasks go on. */
  async resume() {
    await this.#lifecycle("active");
  }

  async goOffline() {
    await this.#page.setOfflineMode(true);
  }

  async goOnline() {
    await this.#page.setOfflineMode(false);
  }

  /** Goes to another address. */
  async leaveFor(url) {
    await this.#page.goto(url);
  }

  /** Goes back to where it was, by the browser's history, which waits for no page to load. */
  async goBack(what, holds) {
    await this.evaluate(() => void setTimeout(() => history.back()));
    await eventually(what, () => this.evaluate(holds).catch(() => false));
  }

  /** How many functions live in the page once its garbage is gone; undefined where the driver cannot tell. */
  async countFunctions() {
    if (!this.#hasCdp) return undefined;
    const prototype = await this.#page.evaluateHandle(() => Function.prototype);
    const functions = await this.#page.queryObjects(prototype);
    const count = await functions.evaluate((all) => all.length);
    // A handle keeps what it refers to from being collected.
    await Promise.all([functions.dispose(), prototype.dispose()]);
    return count;
  }

  async close() {
    await this.#page.close();
  }

  async #lifecycle(state) {
    this.#cdp ??= await this.#page.createCDPSession();
    await this.#cdp.send("Page.setWebLifecycleState", { state });
  }
}
