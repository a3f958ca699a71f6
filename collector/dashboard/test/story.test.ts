import assert from "node:assert/strict";
import { test } from "node:test";

import { linkedShare, tell } from "../src/sessions/story.ts";
import type { SessionEvent, SessionReport } from "../src/collector/wire.ts";

const report = (batchId: string, end: number, events: SessionEvent[], eventsDropped = 0) =>
  ({ batchId, start: end - 1000, end, events, eventsDropped }) satisfies SessionReport;

const LOST: SessionEvent[] = [
  {
    at: 5000,
    name: "connection.disconnected",
    cause: { kind: "heartbeat_timeout" },
    planned: false,
  },
  { at: 5000, name: "connection.status.changed", from: "CONNECTED", to: "RECONNECTING" },
  { at: 5000, name: "retry.attempt", attempt: 1, delay: 900 },
];
const BACK: SessionEvent[] = [
  { at: 7500, name: "retry.success", attempt: 1, took: 40 },
  { at: 7500, name: "connection.status.changed", from: "RECONNECTING", to: "CONNECTED" },
];

test("a lost link is one entry that says why and what follows, and its return says how long it took", () => {
  const { entries } = tell([report("a", 6000, LOST), report("b", 8000, BACK)], 9000, "CONNECTED");
  assert.deepEqual(
    entries.map(({ title, note, status }) => [title, note, status]),
    [
      ["Back after 2.50 s", "attempt 1, 40 ms", "CONNECTED"],
      ["Link lost", "heartbeats went unanswered; next attempt in 900 ms", "RECONNECTING"],
    ],
  );
});

test("reports are told in the order of their events, in whatever order they were loaded", () => {
  const one = tell([report("a", 6000, LOST), report("b", 8000, BACK)], 9000, "CONNECTED");
  const other = tell([report("b", 8000, BACK), report("a", 6000, LOST)], 9000, "CONNECTED");
  assert.deepEqual(one, other);
});

test("the band has no gaps, and says for which share of the time there was a link", () => {
  const { stretches } = tell(
    [report("a", 5000, LOST), report("b", 8000, BACK)],
    10_000,
    "CONNECTED",
  );
  assert.deepEqual(stretches, [
    { status: "CONNECTED", from: 4000, until: 5000 },
    { status: "RECONNECTING", from: 5000, until: 7500 },
    { status: "CONNECTED", from: 7500, until: 10_000 },
  ]);
  assert.equal(linkedShare(stretches), 3500 / 6000);
});

test("while nothing changes the band shows the present status", () => {
  const { entries, stretches } = tell([report("a", 5000, [])], 6000, "SUSPENDED");
  assert.deepEqual(entries, []);
  assert.deepEqual(stretches, [{ status: "SUSPENDED", from: 4000, until: 6000 }]);
  assert.deepEqual(tell([], 6000, "CONNECTED"), { entries: [], stretches: [] });
});

test("events that a client had no room for are mentioned", () => {
  const { entries } = tell([report("a", 6000, LOST, 3)], 9000, "RECONNECTING");
  assert.equal(entries.at(-1)?.title, "3 events left out");
});

test("an event that a later client may tell of is shown by its name", () => {
  const event = { at: 1, name: "connection.danced" } as unknown as SessionEvent;
  assert.equal(
    tell([report("a", 2, [event])], 3, "CONNECTED").entries[0]?.title,
    "connection.danced",
  );
});

test("an attempt that failed says why, and when the next one follows", () => {
  const events: SessionEvent[] = [
    { at: 5, name: "retry.failed", attempt: 2, cause: { kind: "rejected", status: 503 } },
    { at: 5, name: "retry.attempt", attempt: 3, delay: 4000 },
  ];
  const [entry, ...more] = tell([report("a", 6, events)], 7, "RECONNECTING").entries;
  assert.deepEqual(more, []);
  assert.equal(entry?.title, "Attempt 2 failed");
  assert.equal(entry?.note, "refused with status 503; next attempt in 4.00 s");
});

test("messages that may not have arrived are told with their numbers", () => {
  const delivery = { at: 5, name: "message.delivery", delivery: "unknown" } as const;
  const one = { ...delivery, count: 1, first: 148, last: 148 };
  const more = { ...delivery, at: 9, count: 2, first: 150, last: 151 };
  const { entries } = tell([report("a", 10, [one, more])], 11, "CONNECTED");
  assert.deepEqual(
    entries.map(({ title, note }) => `${title}: ${note}`),
    [
      "2 messages may not have arrived: numbers 150 to 151; the link was lost with them on the way",
      "1 message may not have arrived: number 148; the link was lost with it on the way",
    ],
  );
});
