import assert from "node:assert/strict";
import { test } from "node:test";

import { Ledger } from "../src/ledger.ts";

function after(sent: number): Ledger {
  const ledger = new Ledger();
  for (let i = 1; i <= sent; i += 1) {
    assert.equal(ledger.number("x"), `${i} x`);
    ledger.sent(1000);
  }
  return ledger;
}

test("an echo is known by its number, whatever the text", () => {
  const ledger = after(1);
  assert.deepEqual(ledger.receive("1 2 three\nfour", 1040), [
    { kind: "echoed", number: 1, text: "2 three\nfour", tookMillis: 40 },
  ]);
});

test("what was skipped is missing, until it comes late", () => {
  const ledger = after(4);
  const kinds = ["1 x", "4 x", "3 x"].flatMap((text) => ledger.receive(text, 0)).map((f) => f.kind);
  assert.deepEqual(kinds, ["echoed", "missing", "echoed", "late"]);
  assert.deepEqual(ledger.counts, { sent: 4, echoed: 3, missing: 1, duplicate: 0 });
});

test("an echo that comes twice is a duplicate, and counts as one message", () => {
  const ledger = after(1);
  const kinds = ["1 x", "1 x"].flatMap((text) => ledger.receive(text, 0)).map((f) => f.kind);
  assert.deepEqual(kinds, ["echoed", "duplicate"]);
  assert.deepEqual(ledger.counts, { sent: 1, echoed: 1, missing: 0, duplicate: 1 });
});

test("what was never sent is not taken for an echo", () => {
  const ledger = after(1);
  for (const text of ["2 x", "0 x", "hello", "1", ""]) {
    assert.deepEqual(ledger.receive(text, 0), [{ kind: "foreign", text }]);
  }
});
