import assert from "node:assert/strict";
import { test } from "node:test";

import type { ConnectionPage, Session } from "../src/collector/wire.ts";
import { Listing } from "../src/sessions/listing.ts";
import { session } from "./fixture.ts";

/** A listing whose answers are given by hand, in the order in which they were asked for. */
function listing() {
  const asked: { query: string; answer: (rows: Session[]) => Promise<void> }[] = [];
  let refused: Error | undefined;
  const list = new Listing(
    (query) => {
      if (refused) return Promise.reject(refused);
      return new Promise<ConnectionPage>((resolve) => {
        const answer = async (rows: Session[]) => {
          resolve({ connections: rows, total: 100 + rows.length });
          await new Promise(setImmediate);
        };
        asked.push({ query: String(query), answer });
      });
    },
    () => {},
  );
  const refuse = (error: Error) => (refused = error);
  return { asked, list, refuse };
}

const ids = (list: Listing) => list.rows.map(({ sessionId }) => sessionId);

test("the order of the rows is the collector's, and so is how many there are", async () => {
  const { asked, list } = listing();
  list.show(new URLSearchParams("sort=quality"));
  assert.equal(list.isLoaded, false);
  await asked[0]?.answer([session("z"), session("a")]);
  assert.deepEqual([ids(list), list.total, list.isLoaded], [["z", "a"], 102, true]);
});

test("what the stream brings while an answer is under way is newer than the answer", async () => {
  const { asked, list } = listing();
  list.show(new URLSearchParams("sort=quality"));
  list.take([session("a", { status: "FAILED" })]);
  await asked[0]?.answer([session("a"), session("b")]);
  assert.equal(list.find("a")?.status, "FAILED");
  list.take([session("b", { status: "RECONNECTING" }), session("elsewhere")]);
  assert.equal(list.find("b")?.status, "RECONNECTING");
  assert.deepEqual(ids(list), ["a", "b"]);
});

test("a late answer to what was asked for before does not replace a newer one", async () => {
  const { asked, list } = listing();
  list.show(new URLSearchParams("status=FAILED"));
  list.show(new URLSearchParams("status=CONNECTED"));
  await asked[1]?.answer([session("new")]);
  await asked[0]?.answer([session("old")]);
  assert.deepEqual(ids(list), ["new"]);
});

test("news are followed by a new question after a moment, and silence after a while", async () => {
  const { asked, list } = listing();
  list.show(new URLSearchParams("sort=quality"));
  await asked[0]?.answer([]);
  const now = Date.now();
  list.tick(now + 3_000);
  assert.equal(asked.length, 1);
  list.take([session("a")]);
  list.tick(now + 3_000);
  assert.equal(asked.length, 2);
  list.tick(now + 60_000);
  assert.equal(asked.length, 2, "one question at a time");
  await asked[1]?.answer([]);
  list.tick(Date.now() + 11_000);
  assert.equal(asked.length, 3);
});

test("a question that fails leaves the rows, and says why", async () => {
  const { asked, list, refuse } = listing();
  list.show(new URLSearchParams("sort=quality"));
  await asked[0]?.answer([session("a")]);
  refuse(new Error("no answer"));
  await list.reload();
  assert.deepEqual([ids(list), list.problem], [["a"], "no answer"]);
});
