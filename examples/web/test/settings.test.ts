import assert from "node:assert/strict";
import { test } from "node:test";

import { readSettings } from "../src/settings.ts";

test("everything can come from the address", () => {
  const settings = readSettings(
    "?echo=ws://127.0.0.1:1/&control=http://127.0.0.1:1/&report=http://127.0.0.1:2/v1/reports&key=pk_1",
  );
  assert.equal(settings?.echo.href, "ws://127.0.0.1:1/");
  assert.equal(settings?.control?.href, "http://127.0.0.1:1/");
  assert.deepEqual(settings?.report, { url: "http://127.0.0.1:2/v1/reports", key: "pk_1" });
});

test("only the echo server is needed", () => {
  const settings = readSettings("?echo=wss://echo.example/&report=http://127.0.0.1:2/");
  assert.equal(settings?.control, undefined);
  assert.equal(settings?.report, undefined, "a report needs a key");
});

test("an address that is none, or not one of a WebSocket, is asked for again", () => {
  for (const query of ["", "?echo=", "?echo=nonsense", "?echo=http://127.0.0.1/"]) {
    assert.equal(readSettings(query), undefined, query);
  }
});
