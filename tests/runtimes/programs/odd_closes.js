// Connects to the paths that it is given, one after the other, and prints how the first link of each ended, once there is another one.

import { connect } from "steadfast";

const [url, ...codes] = process.argv.slice(2);
const causes = [];
for (const code of codes) {
  const conn = connect(url + code, { retry: { type: "FIXED", fixedDelay: 10, jitter: false } });
  const lost = new Promise((resolve) => conn.addEventListener("disconnected", ({ detail }) => resolve(detail.cause.kind)));
  causes.push(await lost);
  await new Promise((resolve) => conn.addEventListener("open", resolve));
  await conn.close();
}
console.log(JSON.stringify(causes));
process.exit();
