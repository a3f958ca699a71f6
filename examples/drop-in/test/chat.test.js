import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const programs = new Set();
after(() => programs.forEach((program) => program.kill("SIGKILL")));

test("what is written while the server is away arrives when it is back", async () => {
  const port = await freePort();
  const address = `ws://127.0.0.1:${port}`;
  let server = start("server", port);
  await server.says("listening");
  const [ada, grace] = [start("chat", "Ada", address), start("chat", "Grace", address)];
  await Promise.all([ada.says("(connected)"), grace.says("(connected)")]);

  ada.write("hello");
  assert.equal(await grace.says("Ada:"), "Ada: hello");

  await server.kill();
  await ada.says("(connecting)");
  ada.write("are you there?");
  server = start("server", port);
  assert.equal(await grace.says("Ada: are"), "Ada: are you there?");

  await Promise.all([ada.leave(), grace.leave()]);
});

/** Starts one of the programs of this example. */
function start(name, ...args) {
  const file = fileURLToPath(new URL(`../src/${name}.js`, import.meta.url));
  const program = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  programs.add(program);
  const exited = once(program, "exit");
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  return {
    write: (line) => program.stdin.write(`${line}\n`),
    /** The next line that begins like this. */
    async says(beginning) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`${name} ended before it said "${beginning}"`);
        if (value.startsWith(beginning)) return value;
      }
    },
    async leave() {
      program.stdin.end();
      assert.deepEqual(await exited, [0, null]);
    },
    async kill() {
      program.kill("SIGKILL");
      await exited;
    },
  };
}

/** A free port below those that systems hand out for outgoing connections, one of which would else take it. */
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const free = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
