// A page that only connects, by the entry that its address names.

const { connect } = await import(location.search.slice(1));
const connection = connect("ws://127.0.0.1:1/", { retry: { type: "FIXED", fixedDelay: 1e6 } });
await connection.ready;
window.seen = connection.state.status;
await connection.close();
