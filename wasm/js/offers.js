import { CAUSE } from "./causes.js";
import { PROTOCOL } from "./frames.js";

/** The status of servers that take a sub-protocol that they do not know for a bad request. */
const BAD_REQUEST = 400;

/**
 * Which sub-protocols a session offers. A server that does not know `steadfast.v1` is connected to without it: a class that
 * refuses a server which takes none (`ws`, Bun), or a server which answers 400, is met without it at the next dial. After a
 * 400 that follows, it is offered again: it was not the reason.
 */
export class Offers {
  #isLeftOut = false;
  #isOffered = false;
  /** Whether a link came up with it: the server knows it. */
  #isKnown = false;

  /** What to offer of these. */
  of(protocols) {
    const offered = this.#isLeftOut ? protocols.filter((protocol) => protocol !== PROTOCOL) : protocols;
    this.#isOffered = offered.includes(PROTOCOL);
    return offered;
  }

  opened() {
    this.#isKnown ||= this.#isOffered;
  }

  /** A dial has failed, for a reason of which this is known: see dial-errors.js. */
  failed(known) {
    if (this.#isKnown) return;
    if (known === BAD_REQUEST) this.#isLeftOut = this.#isOffered;
    if (known === CAUSE.NO_SUBPROTOCOL) this.#isLeftOut = true;
  }
}
