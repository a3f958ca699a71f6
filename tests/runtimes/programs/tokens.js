// Connects with a token that is kept, of which the server wants a fresh one: it prints the token of each dial.

import { connect } from "steadfast";

const [url] = process.argv.slice(2);
let token = "old";
const asked = [];
const source = ({ refresh }) => {
  asked.push(refresh);
  if (refresh) token = "new";
  return `${url}?${token}`;
};
const conn = connect(source, { retry: { type: "FIXED", fixedDelay: 10, jitter: false } });
await new Promise((resolve) => conn.addEventListener("open", resolve));
await conn.close();
console.log(JSON.stringify(asked));
process.exit();
