/** The echo server's control: it misbehaves on request. */

export type Mode = "normal" | "refuse" | "blackhole" | "delay";

/** How the server behaves now, and what it has done so far. */
export interface ServerState {
  mode: Mode;
  delayMillis?: number;
  connections: number;
  echoed: number;
}

export class Control {
  readonly #base: URL;

  constructor(base: URL) {
    this.#base = base;
  }

  /** How the server behaves now. */
  async state(): Promise<ServerState> {
    const response = await this.#request("GET", "control");
    return (await response.json()) as ServerState;
  }

  /** Lets the server behave in another way from now on. */
  async behave(mode: Mode, delayMillis: number): Promise<void> {
    await this.#request("POST", "control", { mode, ...(mode === "delay" && { delayMillis }) });
  }

  /** Lets the server drop every connection without a word. */
  async drop(): Promise<void> {
    await this.#request("POST", "control/drop");
  }

  async #request(method: "GET" | "POST", path: string, body?: object): Promise<Response> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(3000),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return response;
  }
}
