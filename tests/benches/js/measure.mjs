// How it is measured: the contestants of a task take turns, so that a machine which is busy for a while is so for all of
// them, and the median of the turns counts.

const TURNS = 15;
/** Calls in a turn, and before the first one. */
const CALLS = 20_000;

/** Measures all groups: for each contestant the ns per awaited call. */
export async function measure(groups) {
  const results = [];
  for (const { task, contestants } of groups) {
    const times = contestants.map(() => []);
    for (let turn = -2; turn < TURNS; turn++) {
      for (const [index, [, call]] of contestants.entries()) {
        const nanos = await timed(call);
        // The first turns are for the compiler.
        if (turn >= 0) times[index].push(nanos);
      }
    }
    results.push({ task, rows: contestants.map(([name], index) => ({ name, nanos: median(times[index]) })) });
  }
  return results;
}

async function timed(call) {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) await call();
  return ((performance.now() - began) * 1e6) / CALLS;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
