// The servers that a page talks to, each on a port of its own that it keeps when it is restarted.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Process } from "./process.mjs";
import { lastingPort } from "./wait.mjs";

/** The echo server that misbehaves on request. */
export class Echo {
  #port;
  #process;

  static async start() {
    const echo = new Echo();
    echo.#port = await lastingPort();
    await echo.restart();
    return echo;
  }

  get url() {
    return `ws://127.0.0.1:${this.#port}/`;
  }

  async restart() {
    this.#process = new Process("steadfast-echo", ["--listen", `127.0.0.1:${this.#port}`]);
    await this.#process.line("listening on ");
  }

  async kill() {
    await this.#process.kill();
  }

  /** How many messages it has sent back, or begun to. */
  async echoed() {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/control`);
    return (await answer.json()).echoed;
  }

  /** Tells it how to behave: `normal`, `refuse`, `blackhole`. */
  async behave(mode) {
    const body = JSON.stringify({ mode });
    const answer = await fetch(`http://127.0.0.1:${this.#port}/control`, { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/** A proxy with a slow or a long line to a server. Its arguments are those of `steadfast-chaos`. */
export class Proxy {
  url;
  #process;

  static async start(server, ...args) {
    const proxy = new Proxy();
    proxy.#process = new Process("steadfast-chaos", ["--target", new URL(server.url).host, ...args]);
    proxy.url = `${await proxy.#process.line("listening on ")}/`;
    return proxy;
  }

  async kill() {
    await this.#process.kill();
  }
}

/** The collector, with a database that outlives a kill. */
export class Collector {
  #port;
  #process;
  #folder;
  #flags;

  /** Starts it, with these flags besides. */
  static async start(flags = []) {
    const collector = new Collector();
    collector.#flags = flags;
    collector.#port = await lastingPort();
    collector.#folder = await mkdtemp(join(tmpdir(), "steadfast-test-"));
    await collector.restart();
    collector.publishableKey = await collector.#process.line("publishable key: ");
    collector.secretKey = await collector.#process.line("secret key: ");
    return collector;
  }

  /** Where clients report to. */
  get reportUrl() {
    return `${this.#origin}/v1/reports`;
  }

  /** Where it is. */
  get url() {
    return `${this.#origin}/`;
  }

  /** Its own page, signed in. */
  get dashboardUrl() {
    return `${this.#origin}/#key=${this.secretKey}`;
  }

  /** The page that shows what a query of its address says, signed in. */
  at(query) {
    return `${this.#origin}/${query}#key=${this.secretKey}`;
  }

  async restart() {
    const database = join(this.#folder, "steadfast.db");
    // What the machine has to do besides is none of a page's business.
    const args = ["--listen", `127.0.0.1:${this.#port}`, "--database", database, "--operator", "", ...this.#flags];
    this.#process = new Process("steadfast-collector", args);
    await this.#process.line("listening on ");
  }

  async kill() {
    await this.#process.kill();
  }

  /** Kills it for good, and removes its database. */
  async remove() {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }

  /** Posts a report as a client does, and returns what is answered. */
  async report(body) {
    const headers = { authorization: `Bearer ${this.publishableKey}`, "content-type": "application/json" };
    const answer = await fetch(this.reportUrl, { method: "POST", headers, body });
    return answer.json();
  }

  /** Says that somebody knows of an alert. */
  async acknowledge(id) {
    const headers = { authorization: `Bearer ${this.secretKey}` };
    const answer = await fetch(`${this.#origin}/v1/alerts/${id}/ack`, { method: "POST", headers });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** What it knows of a session; undefined if nothing. */
  async connection(sessionId) {
    const headers = { authorization: `Bearer ${this.secretKey}` };
    const url = `${this.#origin}/v1/connections/${encodeURIComponent(sessionId)}`;
    const answer = await fetch(url, { headers });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  /** What it answers with the secret key. */
  async get(path) {
    const headers = { authorization: `Bearer ${this.secretKey}` };
    const answer = await fetch(`${this.#origin}${path}`, { headers });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  /** What it tells Prometheus, with that key. */
  async scrape(key) {
    const answer = await fetch(`${this.#origin}/metrics`, { headers: { authorization: `Bearer ${key}` } });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  }

  get #origin() {
    return `http://127.0.0.1:${this.#port}`;
  }
}
