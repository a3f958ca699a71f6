/** Numbers messages, and finds out from the echoes whether one is missing or came twice. */

/** What an echo, or its absence, tells. */
export type Finding =
  | { kind: "echoed"; number: number; text: string; tookMillis: number | undefined }
  | { kind: "late"; number: number; text: string }
  | { kind: "duplicate"; number: number; text: string }
  | { kind: "missing"; from: number; to: number }
  | { kind: "foreign"; text: string };

/** The most messages of which it is remembered when they were sent, or that they are missing. */
const REMEMBERED = 10_000;

export class Ledger {
  readonly counts = { sent: 0, echoed: 0, missing: 0, duplicate: 0 };
  readonly #sentAt = new Map<number, number>();
  readonly #missing = new Set<number>();
  /** The number of the newest echo. */
  #newest = 0;

  /** What to send: the text with the next number in front. */
  number(text: string): string {
    return `${this.counts.sent + 1} ${text}`;
  }

  /** That numbered text was sent. */
  sent(now: number): void {
    this.counts.sent += 1;
    remember(this.#sentAt.set(this.counts.sent, now));
  }

  /** Takes in a message of the server. */
  receive(message: string, now: number): Finding[] {
    const [, digits, text = ""] = /^(\d{1,15}) (.*)$/s.exec(message) ?? [];
    const number = Number(digits);
    if (!(number > 0 && number <= this.counts.sent)) return [{ kind: "foreign", text: message }];
    if (number > this.#newest) return this.#inOrder(number, text, now);
    if (this.#missing.delete(number)) {
      this.counts.missing -= 1;
      this.counts.echoed += 1;
      return [{ kind: "late", number, text }];
    }
    this.counts.duplicate += 1;
    return [{ kind: "duplicate", number, text }];
  }

  #inOrder(number: number, text: string, now: number): Finding[] {
    const sentAt = this.#sentAt.get(number);
    const tookMillis = sentAt === undefined ? undefined : now - sentAt;
    const findings: Finding[] = [{ kind: "echoed", number, text, tookMillis }];
    const [from, to] = [this.#newest + 1, number - 1];
    if (from <= to) {
      findings.unshift({ kind: "missing", from, to });
      this.counts.missing += to - from + 1;
      for (let missing = from; missing <= to; missing += 1) remember(this.#missing.add(missing));
    }
    this.counts.echoed += 1;
    this.#newest = number;
    this.#sentAt.delete(number);
    return findings;
  }
}

/** Forgets the oldest entry if there are too many. */
function remember(entries: Map<number, number> | Set<number>): void {
  if (entries.size <= REMEMBERED) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
