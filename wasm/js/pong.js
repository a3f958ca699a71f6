const START = '{"steadfast":"pong","id":';
/** With an id of ten digits, the most that 32 bits have. */
const LONGEST = START.length + 11;

/** The id of the ping that a message answers; -1 if it is no pong. */
export function pongId(data) {
  if (typeof data !== "string" || data.length > LONGEST || !data.startsWith(START) || !data.endsWith("}")) return -1;
  const digits = data.slice(START.length, -1);
  const id = Number(digits);
  return /^\d+$/.test(digits) && id <= 0xffff_ffff ? id : -1;
}
