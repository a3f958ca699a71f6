// What `closeOnDispose` adds to classes: see dispose.js.

export {};

declare module "../connection/connection.js" {
  interface Connection {
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
  }
}

declare module "../manager/health.js" {
  interface HealthMonitorBase {
    [Symbol.dispose](): void;
  }
}

declare module "../manager/manager.js" {
  interface ConnectionManagerBase {
    [Symbol.dispose](): void;
  }
}

declare module "../retry/breaker.js" {
  interface CircuitBreakerBase {
    [Symbol.dispose](): void;
  }
}

declare module "../retry/retry.js" {
  interface RetryManagerBase {
    [Symbol.dispose](): void;
  }
}
