import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, duration, plural, rate, share, word } from "../src/ui/format.ts";

test("a duration has as many digits as are of use", () => {
  const read = [undefined, 0.42, 9.96, 38.4, 999.4, 999.6, 9_990, 12_345].map(duration);
  const expected = ["–", "0.4 ms", "10 ms", "38 ms", "999 ms", "1.00 s", "9.99 s", "12.3 s"];
  assert.deepEqual(read, expected);
});

test("an age grows coarser, and a clock that is ahead reads as now", () => {
  const now = 1_000_000_000;
  const read = [undefined, -5, 0.4, 8, 200, 7300, 200_000].map((seconds) =>
    ago(seconds === undefined ? undefined : now - seconds * 1000, now),
  );
  assert.deepEqual(read, ["–", "now", "now", "8 s ago", "3 min ago", "2 h ago", "2 d ago"]);
});

test("counts, rates and shares read as people write them", () => {
  assert.deepEqual(
    [plural(1, "session"), plural(1234, "session")],
    ["1 session", "1,234 sessions"],
  );
  assert.deepEqual([rate(0), rate(2.25), rate(150.4)], ["0", "2.3", "150"]);
  assert.deepEqual([share(0), share(0.0312)], ["0%", "3.1%"]);
  assert.equal(word("RECONNECTING"), "Reconnecting");
});
