// The entry for pages that only connect has the types of the whole.

import { connect, ready, SteadfastError, SteadfastWebSocket, type ConnectOptions } from "steadfast/connect";
import { connect as ofTheWhole } from "steadfast";

const options: ConnectOptions = { session: { organizationId: "acme" } };
const same: typeof ofTheWhole = connect;
same("wss://api.example/live", options).send("hello");
new SteadfastWebSocket("wss://api.example/live").close();
ready().catch((error: unknown) => error instanceof SteadfastError && error.code);
