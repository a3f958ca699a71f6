// Offers `steadfast.v1`, and tells the sub-protocol and the echo of the first link.

import { connect } from "steadfast";

const [url] = process.argv.slice(2);
const conn = connect(url, { protocols: ["steadfast.v1"], retry: { type: "FIXED", fixedDelay: 10, jitter: "none" } });
await new Promise((resolve) => conn.addEventListener("open", resolve));
const { protocol } = conn;
conn.send("hello");
const { data } = await new Promise((resolve) => conn.addEventListener("message", resolve));
await conn.close();
console.log(JSON.stringify({ protocol, data }));
process.exit();
