// Uses everything once and closes it. The process has to end by itself: `node closed-script.js URL REPORT_URL`.

import { connect, ConnectionManager, HealthMonitor } from "steadfast";
import { BEATING, QUICK } from "./options.js";
import { next } from "./waiting.js";

const [url, report] = process.argv.slice(2);
const conn = connect(url, { ...QUICK, heartbeat: BEATING, report: { url: report, key: "pk_test" } });
const nowhere = connect("ws://127.0.0.1:1/", { ...QUICK, retry: { type: "FIXED", fixedDelay: 60_000 } });
const dialling = connect(() => new Promise(() => {}), QUICK);
const manager = new ConnectionManager();
const monitor = new HealthMonitor(manager);
await next(conn, "heartbeat");

await Promise.all([conn, nowhere, dialling].map((each) => each.close()));
monitor.close();
manager.close();
console.log("closed");
