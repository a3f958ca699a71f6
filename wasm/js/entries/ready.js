import { ready as connections } from "./connect.js";
import { ready as services } from "./services.js";

export const ready = () => Promise.all([connections(), services()]).then(() => undefined);
