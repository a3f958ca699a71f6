// The server half of steadfast.v1, as docs/protocol.md has it, for one client at a time.

/** Options of a server that chooses steadfast.v1 if it is offered. */
export const CHOOSES = {
  handleProtocols: (offered) => (offered.has("steadfast.v1") ? "steadfast.v1" : false),
};

/** Sessions that outlive their links. What comes is in `heard`, in order, and is sent back. */
export class Sessions {
  heard = [];
  /** The hellos that came. */
  hellos = [];
  /** Whether what comes is acknowledged. */
  acknowledges = true;
  /** Whether what comes is thrown away: it has not arrived. */
  isDeaf = false;
  #sessions = new Map();

  /** Forgets all sessions. */
  forget() {
    this.#sessions.clear();
  }

  /** What a socket does. */
  serve = (socket) => {
    let session;
    socket.on("message", (data, isBinary) => {
      if (this.isDeaf) return;
      const text = isBinary ? "" : String(data);
      if (!text.startsWith('{"steadfast":')) return this.#take(socket, session, isBinary ? [...data] : text, isBinary);
      const frame = JSON.parse(text);
      if (frame.steadfast === "ping") socket.send(`{"steadfast":"pong","id":${frame.id}}`);
      if (frame.steadfast === "ack") session.acknowledge(frame.received);
      if (frame.steadfast === "hello") session = this.#greet(socket, frame);
    });
  };

  #greet(socket, hello) {
    this.hellos.push(hello);
    const known = this.#sessions.get(hello.token);
    const session = known ?? new Session();
    this.#sessions.delete(hello.token);
    const token = `token-${this.hellos.length}`;
    this.#sessions.set(token, session);
    const { received } = session;
    socket.send(JSON.stringify({ steadfast: "welcome", token, received, resumed: known !== undefined }));
    session.acknowledge(hello.received);
    for (const message of session.unacknowledged) socket.send(message);
    return session;
  }

  #take(socket, session, message, isBinary) {
    session.received += 1;
    this.heard.push(message);
    const answer = isBinary ? Uint8Array.from(message) : message;
    session.unacknowledged.push(answer);
    socket.send(answer);
    if (this.acknowledges) socket.send(`{"steadfast":"ack","received":${session.received}}`);
  }
}

class Session {
  received = 0;
  unacknowledged = [];
  #acknowledged = 0;

  acknowledge(received) {
    this.unacknowledged.splice(0, received - this.#acknowledged);
    this.#acknowledged = received;
  }
}
