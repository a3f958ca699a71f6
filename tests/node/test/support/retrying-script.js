// A program that retries, cancels, and has nothing more to do.

import { executeWithRetry, RetryManager } from "steadfast";
import { failing, fixed } from "./failing.js";

const retried = await executeWithRetry("a", failing(1), fixed(5));
const { signal } = new AbortController();
const run = executeWithRetry("b", failing(Infinity), fixed(1e9), 5, { signal, perAttemptTimeout: 1e9 });
RetryManager.default.cancel("b");
console.log(retried, await run.catch(({ code }) => code));
