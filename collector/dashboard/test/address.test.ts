import assert from "node:assert/strict";
import { test } from "node:test";

import {
  joinValues,
  parseAddress,
  printAddress,
  sessionsWith,
  splitValues,
} from "../src/address/address.ts";
import { withFilter } from "../src/filters/change.ts";
import { pageQuery } from "../src/sessions/query.ts";

test("an address that was written is read as what it was", () => {
  const query =
    "?view=breakdown&quality=CRITICAL%2CPOOR&metadata.region=eu&sort=-latency&page=3&by=sdk&range=24h&from=1&until=2&session=a%26b";
  assert.equal(printAddress(parseAddress(query)), query);
  assert.equal(printAddress(parseAddress("")), "?");
});

test("what an address says and the page does not know is left out, and so are pages that there cannot be", () => {
  assert.equal(printAddress(parseAddress("?view=nowhere&colour=red&page=-1&metadata.=x")), "?");
  assert.equal(parseAddress("?page=0").page, 1);
});

test("a comma or a backslash within a value stays within it", () => {
  const values = ["a,b", "c\\", "", "😀\\,"];
  assert.deepEqual(splitValues(joinValues(values)), values);
  assert.equal(sessionsWith({ user: ["a,b"] }), "?user=a%5C%2Cb");
  assert.deepEqual(splitValues("GOOD,POOR"), ["GOOD", "POOR"]);
});

test("the collector is asked for one page of what the address filters for, the worst quality first", () => {
  const query = pageQuery(parseAddress("?status=FAILED&metadata.region=eu&session=a&page=2"));
  assert.equal(String(query), "status=FAILED&metadata.region=eu&sort=quality&limit=50&offset=50");
  assert.equal(pageQuery(parseAddress("?sort=-lastHeard")).get("sort"), "-lastHeard");
});

test("a filter that changes leads to the first page, and leaves the others where they are", () => {
  const address = parseAddress("?status=FAILED&quality=POOR&page=4");
  const changed = (name: string, value: string | undefined) =>
    printAddress({ ...address, ...withFilter(address, name, value) });
  assert.equal(changed("status", "CONNECTED"), "?status=CONNECTED&quality=POOR");
  assert.equal(changed("status", undefined), "?quality=POOR");
  assert.equal(changed("user", "ada"), "?status=FAILED&quality=POOR&user=ada");
});
