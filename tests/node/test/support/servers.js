import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const ECHO = fileURLToPath(new URL("./echo-server.js", import.meta.url));

/** A free port below those that systems hand out for outgoing connections, one of which would else take it. */
async function lastingPort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const listening = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!listening) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** Starts an echo server as a process, on the given port or a free one that nobody takes while the server is down. */
export async function startProcess(port) {
  port ??= await lastingPort();
  const child = fork(ECHO, [String(port)]);
  const heard = [];
  const listening = new Promise((resolve, reject) => {
    child.on("message", (message) => (message.port ? resolve(message.port) : heard.push(message.heard)));
    child.once("exit", () => reject(new Error("the echo server ended")));
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { port: await listening, heard, kill };
}

/** A WebSocket server in this process. `behave` gets each socket; closing ends all of them. */
export async function startServer(behave, options = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", behave);
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${server.address().port}/`,
    clients: server.clients,
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

/** An HTTP server; `answer` gets each request's body and headers, and gives a status or `{ status, headers }`. */
export async function startHttp(answer) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const given = answer({ method: request.method, headers: request.headers, body });
    const { status, headers = {}, body: said = "{}" } = typeof given === "number" ? { status: given } : given;
    response.writeHead(status, headers).end(said);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/v1/reports`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What a socket does that sends everything back. */
export function echo(socket) {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}

/** What a socket does that echoes, and answers heartbeats. */
export function echoAndPong(socket) {
  socket.on("message", (data, isBinary) => {
    const ping = /^\{"steadfast":"ping","id":(\d+)\}$/.exec(String(data));
    if (ping) return socket.send(`{"steadfast":"pong","id":${ping[1]}}`);
    socket.send(data, { binary: isBinary });
  });
}
