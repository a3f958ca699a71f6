// What is measured: each group is one task, done by Steadfast and by its peers. Everything is configured to do the same:
// three attempts, five failures in a row, no time-outs. (p-retry makes eleven attempts: it is much slower with options.)

const succeeds = async () => 1;
const succeedsAtOnce = () => 1;
const fails = async () => {
  throw new Error("down");
};

/** The groups, each a list of contestants of which Steadfast is the first. */
export async function groups({ steadfast, cockatiel, pRetry, Opossum }) {
  await steadfast.ready();
  const manager = new steadfast.RetryManager();
  const strategy = { type: "EXPONENTIAL", baseDelay: 100, maxDelay: 1000 };
  const retry = cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2, backoff: new cockatiel.ExponentialBackoff() });
  const closed = breakers({ steadfast, cockatiel, Opossum }, succeeds);
  const open = breakers({ steadfast, cockatiel, Opossum }, fails);
  await openAll(open);
  return [
    {
      task: "retry, the call succeeds",
      contestants: [
        ["steadfast", () => manager.executeWithRetry("load", succeeds, strategy, 3)],
        ["cockatiel", () => retry.execute(succeeds)],
        ["p-retry", () => pRetry(succeeds)],
      ],
    },
    {
      task: "retry, the call succeeds and is synchronous",
      contestants: [
        ["steadfast", () => manager.executeWithRetry("load", succeedsAtOnce, strategy, 3)],
        ["cockatiel", () => retry.execute(succeedsAtOnce)],
        ["p-retry", () => pRetry(succeedsAtOnce)],
      ],
    },
    {
      task: "breaker closed, the call succeeds",
      contestants: [
        ["steadfast", () => closed.steadfast.execute(succeeds)],
        ["cockatiel", () => closed.cockatiel.execute(succeeds)],
        ["opossum", () => closed.opossum.fire()],
      ],
    },
    {
      task: "breaker open, the call is refused",
      contestants: [
        ["steadfast", () => open.steadfast.execute(succeeds).catch(ignore)],
        ["cockatiel", () => open.cockatiel.execute(succeeds).catch(ignore)],
        ["opossum", () => open.opossum.fire().catch(ignore)],
      ],
    },
    { task: "an await of the call alone", contestants: [["nothing", succeeds]] },
  ];
}

function breakers({ steadfast, cockatiel, Opossum }, operation) {
  const forLong = 3_600_000;
  return {
    steadfast: new steadfast.CircuitBreaker({ threshold: 5, timeout: forLong }),
    cockatiel: cockatiel.circuitBreaker(cockatiel.handleAll, {
      halfOpenAfter: forLong,
      breaker: new cockatiel.ConsecutiveBreaker(5),
    }),
    opossum: new Opossum(operation, { timeout: false, resetTimeout: forLong, volumeThreshold: 5 }),
  };
}

async function openAll({ steadfast, cockatiel, opossum }) {
  for (let i = 0; i < 5; i++) {
    await steadfast.execute(fails).catch(ignore);
    await cockatiel.execute(fails).catch(ignore);
    await opossum.fire().catch(ignore);
  }
  const states = [steadfast.state, cockatiel.state === 1, opossum.opened];
  if (states.join() !== "OPEN,true,true") throw new Error(`not all breakers are open: ${states.join()}`);
}

function ignore() {}
