import { test } from "node:test";
import { setupWSConnection } from "@y/websocket-server/utils";
import { SteadfastWebSocket } from "steadfast";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { OPTIONS, host, until } from "./support/host.js";

const attach = (sockets) => sockets.on("connection", setupWSConnection);

test("two documents of y-websocket agree, before their server is lost and after", async () => {
  let server = await host(0, attach);
  const WebSocketPolyfill = SteadfastWebSocket.with(OPTIONS);
  const open = () => {
    const document = new Y.Doc();
    const options = { WebSocketPolyfill, disableBc: true };
    const provider = new WebsocketProvider(`ws://127.0.0.1:${server.port}`, "room", document, options);
    return { provider, shared: document.getMap("shared") };
  };
  const [one, other] = [open(), open()];
  one.shared.set("x", 1);
  await until(() => other.shared.get("x") === 1, "the other has heard");
  await server.kill();
  await until(() => !one.provider.wsconnected, "the loss is noticed");
  one.shared.set("x", 2);
  server = await host(server.port, attach);
  await until(() => other.shared.get("x") === 2, "the other has heard what was said meanwhile");
  one.provider.destroy();
  other.provider.destroy();
  await server.kill();
});
