/** What programs/talking.js comes to where everything works. */
export const EXPECTED = {
  status: "CONNECTED",
  attempt: 3,
  heard: ["one", "two"],
  statuses: ["RECONNECTING", "CONNECTED", "RECONNECTING", "CONNECTED", "DISCONNECTED"],
};
