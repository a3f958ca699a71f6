// What no module declares: what lies beside the entries once the package is built, what few platforms have, and two names for
// `any`.

/** What somebody else's code has thrown. */
type Thrown = any;

/** What a caller, a server or a library gave, and nobody has checked yet. */
type Unchecked = any;

/** A module in Base64. */
declare module "*_base64.js" {
  const base64: string;
  export default base64;
}

/** A module as workerd has compiled it. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** The clock and the timers of Deno, of which only this is used. */
declare var Deno: { unrefTimer(timer: number): void } | undefined;

interface Document {
  /** In Chromium: the page is prepared, and not shown yet. */
  readonly prerendering?: boolean;
}

interface Performance {
  /** In Chromium. */
  readonly memory?: { usedJSHeapSize: number; jsHeapSizeLimit: number };
}

interface ErrorConstructor {
  /** In V8: how many frames an error's stack has. */
  stackTraceLimit: number;
}
