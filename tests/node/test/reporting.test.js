import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { BEATING, QUICK } from "./support/options.js";
import { echoAndPong, startHttp, startServer } from "./support/servers.js";
import { becomes, next, until } from "./support/waiting.js";

const SESSION = { sessionId: "s1", organizationId: "acme", userId: "u1", clientType: "test", metadata: { plan: "pro" } };

async function withCollector(answer, run, interval = 100, { report: reporting, ...options } = {}) {
  const requests = [];
  const collector = await startHttp((request) => {
    requests.push({ ...request, report: JSON.parse(request.body) });
    return answer(requests.length);
  });
  const server = await startServer(echoAndPong);
  const report = { url: collector.url, key: "pk_test", interval, ...reporting };
  const conn = connect(`${server.url}?token=secret`, { ...QUICK, ...options, session: SESSION, heartbeat: BEATING, report });
  try {
    await run(conn, requests);
  } finally {
    await conn.close();
    collector.close();
    server.close();
  }
  return requests;
}

test("what happened is told, each thing once, without the address", async () => {
  const requests = await withCollector(() => 200, async (conn, requests) => {
    await next(conn, "quality.changed");
    await until(() => requests.length >= 2);
  });
  const [first] = requests;
  assert.equal(first.method, "POST");
  assert.equal(first.headers.authorization, "Bearer pk_test");
  assert.equal(first.headers["content-type"], "application/json");
  assert.equal(first.report.version, 1);
  assert.match(first.report.sdk, /^steadfast-js\/\d+\.\d+\.\d+$/);
  assert.deepEqual(
    Object.fromEntries(Object.keys(SESSION).map((name) => [name, first.report.session[name]])),
    SESSION,
  );
  // One that is under way when the session ends is sent once more; the collector counts it once, by its name.
  const reports = [...new Map(requests.map(({ report }) => [report.batchId, report])).values()];
  const names = reports.flatMap((report) => report.events.map((event) => event.name));
  assert.deepEqual(names.slice(0, 2), ["connection.registered", "connection.status.changed"]);
  assert.equal(names.filter((name) => name === "connection.disconnected").length, 1);
  const sum = (count) => reports.reduce((sum, report) => sum + report.activity[count], 0);
  assert.deepEqual([sum("connects"), sum("disconnections"), sum("unplannedDisconnections")], [1, 1, 0]);
  assert.ok(sum("heartbeats") >= 3);
  assert.ok(requests.every(({ body }) => !body.includes("secret")));
});

test("closing sends what was not told yet, and waits until it arrived", async () => {
  const requests = await withCollector(() => 200, (conn) => becomes(conn, "CONNECTED"), 86_400_000);
  assert.equal(requests.length, 1);
  assert.equal(requests[0].report.session.status, "DISCONNECTED");
  assert.equal(requests[0].report.activity.disconnections, 1);
});

test("a report that the collector cannot take now is sent again, the same", async () => {
  const answer = (count) => (count === 1 ? { status: 503, headers: { "retry-after": "0" } } : 200);
  const requests = await withCollector(answer, (_conn, requests) => until(() => requests.length >= 2));
  const [first, again] = requests.map(({ report: { sentAt, ...rest } }) => ({ sentAt, rest }));
  assert.deepEqual(again.rest, first.rest);
  assert.ok(again.sentAt >= first.sentAt, "but for when it was sent");
});

test("a collector that asks to be told less often is heeded, but told of the end", async () => {
  const headers = { "content-type": "application/json" };
  const answer = () => ({ status: 200, headers, body: '{"accepted":true,"interval":3600000,"sampling":1}' });
  const requests = await withCollector(answer, async (_conn, requests) => {
    await until(() => requests.length >= 1);
    // Ten times the interval that was configured.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(requests.length, 1);
  });
  assert.equal(requests.length, 2);
  assert.equal(requests[1].report.session.status, "DISCONNECTED");
});

test("an answer that makes no sense changes nothing", async () => {
  const answer = () => ({ status: 200, body: '{"interval":"soon","sampling":"half"}' });
  await withCollector(answer, (_conn, requests) => until(() => requests.length >= 3));
});

test("a report that the collector refuses is not sent again, and somebody is told", async () => {
  const requests = await withCollector(
    () => 401,
    async (conn) => {
      const { error } = await next(conn, "error");
      assert.equal(error.code, "report.refused");
      assert.match(error.message, /401/);
    },
  );
  assert.notEqual(requests[0].report.batchId, requests.at(-1).report.batchId);
});

test("a collector that is gone does not keep a connection from closing", async () => {
  const conn = connect("ws://127.0.0.1:1/", { ...QUICK, report: { url: "http://127.0.0.1:1/", key: "pk_test" } });
  await conn.close();
});

test("all reports of a connection show one token, also after it was closed and reconnected, and those of another another", async () => {
  const shown = (requests) => [...new Set(requests.map(({ report }) => report.token))];
  const first = await withCollector(() => 200, async (conn, requests) => {
    await until(() => requests.length >= 1);
    await conn.close();
    const before = requests.length;
    conn.reconnect();
    await until(() => requests.length > before);
  });
  const second = await withCollector(() => 200, (_conn, requests) => until(() => requests.length >= 1));
  const tokens = [...shown(first), ...shown(second)];
  assert.equal(new Set(tokens).size, 2);
  assert.equal(tokens.length, 2);
  for (const token of tokens) assert.match(token, /^[0-9a-f]{32}$/);
});

test("a session that is kept goes on with its token, whichever one the next life would have had", async () => {
  const kept = new Map();
  const persist = {
    load: (key) => kept.get(key),
    save: (key, record) => void kept.set(key, record),
    remove: () => {},
  };
  const life = (token) => withCollector(
    () => 200,
    async (_conn, requests) => {
      await until(() => requests.length >= 1 && kept.size > 0);
    },
    100,
    { persist, report: { token } },
  );
  const tokens = [];
  for (const token of ["a".repeat(22), "b".repeat(22)]) tokens.push((await life(token))[0].report.token);
  assert.deepEqual(tokens, ["a".repeat(22), "a".repeat(22)]);
});
