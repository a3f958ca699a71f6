const RETRY = { type: "FIXED", fixedDelay: 1, jitter: false };

/** What a program does with the package in any runtime, with nothing waited for first: what came of it. */
export async function talk(steadfast, url) {
  return {
    status: managed(steadfast),
    attempt: await retried(steadfast),
    ...(await talked(steadfast, url)),
  };
}

function managed({ ConnectionManager }) {
  const manager = new ConnectionManager();
  const { status } = manager.registerConnection("session-1", undefined, "acme", "edge");
  manager.close();
  return status;
}

function retried({ executeWithRetry }) {
  const operation = async ({ attempt }) => {
    if (attempt < 3) throw new Error("not yet");
    return attempt;
  };
  return executeWithRetry("count", operation, RETRY, 3);
}

async function talked({ connect }, url) {
  const conn = connect(url, { retry: RETRY });
  const statuses = [];
  const lost = new Promise((resolve) => {
    conn.addEventListener("status.changed", ({ detail: { from, to } }) => {
      statuses.push(to);
      if (from === "CONNECTED") resolve();
    });
  });
  const messages = conn[Symbol.asyncIterator]();
  const heard = [];
  conn.send("one");
  heard.push((await messages.next()).value);
  conn.send("drop");
  await lost;
  conn.send("two");
  heard.push((await messages.next()).value);
  await conn.close();
  return { heard, statuses };
}
