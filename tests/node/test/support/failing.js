/** An operation that fails the first `failures` times, and then gives the number of the attempt; it counts its calls. */
export function failing(failures, error = new Error("not yet")) {
  const operation = ({ attempt }) => {
    operation.calls++;
    if (operation.calls <= failures) throw error;
    return attempt;
  };
  operation.calls = 0;
  return operation;
}

/** Waits of that many ms, without jitter. */
export function fixed(fixedDelay = 1) {
  return { type: "FIXED", fixedDelay };
}
