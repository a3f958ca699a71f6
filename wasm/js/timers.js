/**
 * The timers of a class of the module, as `timer.rs` sets them: a function that makes the timer of a number wait so many ms,
 * and then calls `elapsed` with that number; for nothing, if they are negative.
 */
export function timers(elapsed) {
  const waiting = [];
  return (number, millis) => {
    clearTimeout(waiting[number]);
    if (millis >= 0) waiting[number] = setTimeout(elapsed, millis, number);
  };
}
