import { ready as connections } from "./connect_node.js";
import { ready as services } from "./services_node.js";

export const ready = () => Promise.all([connections(), services()]).then(() => undefined);
