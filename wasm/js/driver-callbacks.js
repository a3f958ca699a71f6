import { SteadfastError } from "./error.js";
import { writtenFrame } from "./frames.js";
import { Link } from "./link.js";

/** The functions that the driver of `session` calls: see sink.rs. */
export function driverCallbacks(session) {
  const { sender } = session;
  return {
    ask: (id, refresh) => ask(session, id, refresh),
    attach(socket, id) {
      session.link = new Link(socket, id, session.driver, session.heartbeat.language, {
        deliver: (data) => session.deliver(data),
        failed: (error) => session.publishError(error),
      });
      session.observer?.attached(socket);
    },
    detach: () => (session.link = undefined),
    error: (error) => session.publishError(error),
    event(name, detail) {
      if (name === "message.delivery") sender.renumber(detail);
      session.publish(name, detail);
    },
    ping: (id) => session.link?.ping(id),
    report: (report, last) => session.reports.send(report, last, reported(session, session.driver)),
    release: (message) => sender.release(message),
    say: (...frame) => session.link?.say(() => writtenFrame(...frame)),
    transmit: (message) => sender.transmit(message),
  };
}

/** Asks the user's function where to dial. The driver has forgotten the question if the answer took too long. */
async function ask(session, id, refresh) {
  const { driver } = session;
  let answer;
  try {
    answer = await session.address(refresh);
  } catch (error) {
    answer = [undefined, error];
  }
  if (session.driver === driver) driver.answered(id, ...answer);
}

/** Handles the collector's answer to a report of `driver`, which may have been replaced meanwhile. */
function reported(session, driver) {
  return (batchId, status, ...advice) => {
    if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) {
      session.publishError(new SteadfastError("report.refused", `the collector refused a report with status ${status}`));
    }
    if (session.driver === driver) driver.reported(batchId, status, ...advice);
  };
}
