// What users do with retries and breakers has to be accepted by the compiler.

import {
  CircuitBreaker,
  RetryManager,
  RetryThrottle,
  executeWithCircuitBreaker,
  executeWithRetry,
  type CircuitState,
  type RetryStats,
} from "steadfast";

function expect<Expected>(): (value: Expected) => void {
  return () => {};
}

async function retry() {
  expect<number>()(await executeWithRetry("a", ({ attempt }) => attempt));
  const strategy = { type: "EXPONENTIAL", baseDelay: 100, maxDelay: 1000, multiplier: 2, jitter: true } as const;
  const options = {
    signal: AbortSignal.timeout(1000),
    perAttemptTimeout: 100,
    deadline: 500,
    retryIf: (failure: unknown) => failure instanceof TypeError,
    classify: () => ({ kind: "overload", retryAfter: 100 }) as const,
    throttle: new RetryThrottle({ type: "QUOTA", cost: 2 }),
  };
  const load = ({ signal }: { signal: AbortSignal }) => fetch("/", { signal });
  expect<Response>()(await executeWithRetry("b", load, strategy, Infinity, options));
  // @ts-expect-error There is no such type.
  void executeWithRetry("c", load, { type: "QUADRATIC" });
  // @ts-expect-error There is no such option.
  void executeWithRetry("c", load, strategy, 3, { timeout: 100 });
}

function manage() {
  using manager = new RetryManager({ maxHistory: 10 });
  expect<RetryStats>()(manager.getRetryStats());
  expect<RetryStats | undefined>()(manager.getRetryStats("a"));
  expect<number>()(manager.cancel("a"));
  manager.addEventListener("retry.attempt", ({ detail }) => expect<number>()(detail.delay));
  manager.addEventListener("circuit.opened", ({ detail }) => expect<string>()(detail.circuitId));
  // @ts-expect-error There is no such event.
  manager.addEventListener("retry.again", () => {});
}

async function guard() {
  expect<string>()(await executeWithCircuitBreaker("a", async () => "text", 5, 1000));
  using breaker = new CircuitBreaker({ threshold: 5 });
  expect<CircuitState>()(breaker.state);
  breaker.restore(breaker.snapshot());
  expect<number>()(await breaker.execute(() => 1, { signal: AbortSignal.timeout(1000) }));
  // @ts-expect-error It is either failures in a row or rates.
  new CircuitBreaker({ threshold: 5, windowCalls: 10 });
}

void retry;
void manage;
void guard;
