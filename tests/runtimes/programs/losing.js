// Loses links to peers that do not answer, and closes the last one, which answers no close frame either. The process has to
// end by itself.

import { connect } from "steadfast";

const LINKS = 14;
const BEATS = { excellent: 20, good: 20, poor: 20, critical: 20, unknown: 20 };
const HEARTBEAT = { preset: "steadfast", intervals: BEATS, lateMin: 20, lateMax: 40, maxMissed: 2 };
const RETRY = { type: "FIXED", fixedDelay: 10, jitter: false };
const [url, ended] = process.argv.slice(2);

const conn = connect(url, { retry: RETRY, heartbeat: HEARTBEAT, connectTimeout: 200 });
let lost = 0;
await new Promise((resolve) => {
  conn.addEventListener(ended, () => {
    if (++lost === LINKS) resolve();
  });
});
const resources = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "TLSWrap");
await conn.close();
console.log(JSON.stringify({ lost, sockets: resources.length }));
