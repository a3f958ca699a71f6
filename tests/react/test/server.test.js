import assert from "node:assert/strict";
import { test } from "node:test";

import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { useConnection, useConnectionState, useHealth, useQuality } from "steadfast/react";
import { SteadfastStatus } from "steadfast/status";

test("on a server everything renders, and no socket is opened", () => {
  let dialled = 0;
  const WebSocket = class {
    constructor() {
      dialled += 1;
    }
  };
  function Page() {
    const connection = useConnection("wss://example.com/live", { WebSocket });
    const known = [connection, useConnectionState(connection), useQuality(connection), useHealth(undefined)];
    return createElement("p", null, known.every((each) => each === undefined) ? "nothing yet" : "something");
  }
  assert.equal(renderToString(createElement(Page)), "<p>nothing yet</p>");
  assert.equal(dialled, 0);
});

test("the element can be imported where there are no elements", () => {
  assert.equal(typeof SteadfastStatus, "function");
});
