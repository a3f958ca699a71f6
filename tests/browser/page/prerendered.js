// A page that connects as soon as it is loaded, to the address in its own, and notes what was so when it was activated.

import "./page.js";

const look = () => {
  const { attempts, connection, statuses } = window.witness;
  return { attempts, statuses: [...statuses], reconnectAttempts: connection.state.reconnectAttempts };
};
window.connect(new URL(location.href).searchParams.get("url"), { retry: { type: "FIXED", fixedDelay: 100 } });
document.addEventListener("prerenderingchange", () => (window.activated = look()), { capture: true });
window.witness.connection.ready.then(() => fetch("/ready"));
