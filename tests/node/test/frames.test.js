// The same frames, read and refused, as in Rust: tests/conformance/frames.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HINT, UNKNOWN, VIOLATION, readFrame, writtenFrame } from "../../../target/npm-package/connection/frames.js";

const { frames, refused } = JSON.parse(readFileSync(new URL("../../conformance/frames.json", import.meta.url)));
const KINDS = ["ack", "hello", "hint", "ping", "pong", "welcome"];
const LONGEST = 86_400_000;

/** A frame's waits in ms, as the module cuts them, and its other members, as they are read. */
function read(text) {
  const [kind, a, b, c, token] = readFrame(text);
  const wait = (seconds) => (seconds < 0 ? null : Math.min(Math.round(seconds * 1e3), LONGEST));
  switch (KINDS[kind]) {
    case "ack":
      return { kind: "ack", received: a };
    case "hello":
      return { kind: "hello", received: a };
    case "hint":
      return { kind: "hint", retryAfter: wait(a), spread: wait(b), maxIdle: wait(c) };
    case "welcome":
      return { kind: "welcome", token, received: a, resumed: b === 1, maxIdle: wait(c) };
    default:
      return { kind: KINDS[kind], id: a };
  }
}

for (const { name, text, frame } of frames) {
  test(`a frame is read as in Rust: ${name}`, () => {
    const got = read(text);
    for (const member of Object.keys(got)) assert.equal(got[member] ?? null, frame[member] ?? null, member);
  });
}

for (const { name, text, code } of refused) {
  test(`what is no frame in Rust is none here: ${name}`, () => {
    assert.deepEqual(readFrame(text), [code === "frame.unknown" ? UNKNOWN : VIOLATION]);
  });
}

test("a text that is too long is no frame, whatever it says", () => {
  const text = (length) => `{"steadfast":"hint","more":"${"x".repeat(length)}"}`;
  assert.equal(readFrame(text(4096 - text(0).length))[0], HINT);
  assert.deepEqual(readFrame(text(4097 - text(0).length)), [VIOLATION]);
});

test("what a client says is written as in Rust", () => {
  const canonical = frames.filter(({ canonical, frame }) => canonical && ["ack", "hello", "pong"].includes(frame.kind));
  assert.ok(canonical.length >= 5);
  for (const { text, frame } of canonical) {
    const { kind, received, id, session, token } = frame;
    assert.equal(writtenFrame(KINDS.indexOf(kind), received ?? id, session, token ?? undefined), text);
  }
});
