import { CAUSE } from "./causes.js";
import { PROTOCOL } from "./frames.js";

/** The status of servers that take a sub-protocol that they do not know for a bad request. */
const BAD_REQUEST = 400;

/**
 * Which sub-protocols a session offers. A server that does not know `steadfast.v1` is connected to without it: if the class
 * refuses a server which takes none (`ws`, Bun, Node 22's own), or if a server answers 400, the same dial goes on without it. If
 * that is answered by 400, too, the next dial offers it again: it was not the reason.
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

  /** Whether an attempt that failed for this reason, which `failed` is told next, may have failed because of `steadfast.v1`. */
  isRefused(known) {
    return !this.#isKnown && this.#isOffered && (known === BAD_REQUEST || known === CAUSE.NO_SUBPROTOCOL);
  }

  /** An attempt has failed, for a reason of which this is known: see dial-errors.js. */
  failed(known) {
    if (this.#isKnown) return;
    if (known === BAD_REQUEST) this.#isLeftOut = this.#isOffered;
    if (known === CAUSE.NO_SUBPROTOCOL) this.#isLeftOut = true;
  }
}
