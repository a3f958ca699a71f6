import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * A way to a port of this machine; `swallow` lets nothing through any more of what goes over the present links, and ends
 * none of them. Those that come later are not concerned.
 */
export async function way(port) {
  const links = new Set();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const link = [near, far];
    links.add(link);
    near.pipe(far);
    far.pipe(near);
    for (const end of link) {
      end.on("error", () => {});
      end.on("close", () => {
        links.delete(link);
        for (const other of link) other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    swallow() {
      for (const [near, far] of links) {
        near.unpipe(far).resume();
        far.unpipe(near).resume();
      }
    },
    close() {
      for (const [near] of links) near.destroy();
      server.close();
    },
  };
}
