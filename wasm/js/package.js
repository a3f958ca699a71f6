// What every entry exports, given its way to load the module.

import { Connection } from "./connection.js";
import { Monitoring } from "./health.js";
import { Managing } from "./manager.js";

/** The package, on top of a loader. */
export function packageOf(loader) {
  return {
    connect: (url, options) => new Connection(loader, url, options),

    ready: () => loader.ready(),

    ConnectionManager: class ConnectionManager extends Managing {
      constructor(config) {
        loader.require("ConnectionManager");
        super(config);
      }
    },

    HealthMonitor: class HealthMonitor extends Monitoring {
      constructor(manager, config) {
        loader.require("HealthMonitor");
        super(manager, config);
      }
    },
  };
}
