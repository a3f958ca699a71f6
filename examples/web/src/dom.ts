/** The element with this id, which index.html promises. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id ${id}`);
}

/** The element that tests know by this name, too. */
export function byTestId(name: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-testid="${name}"]`);
  if (found) return found;
  throw new Error(`index.html has no element with the data-testid ${name}`);
}

const SLACK_PIXELS = 40;

/** A list that follows its newest entry, at the end, and forgets the oldest beyond `most`. */
export class Log {
  readonly #list: HTMLElement;
  readonly #most: number;

  constructor(list: HTMLElement, most: number) {
    this.#list = list;
    this.#most = most;
  }

  /** Adds an entry made of a small label, a text and a remark. */
  add(label: string, text: string, remark: string, state: string): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const followed = scrollHeight - scrollTop - clientHeight < SLACK_PIXELS;
    const entry = document.createElement("li");
    entry.dataset["state"] = state;
    for (const [name, content] of Object.entries({ label, text, remark })) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = content;
      entry.append(part);
    }
    this.#list.append(entry);
    while (this.#list.childElementCount > this.#most) this.#list.firstElementChild?.remove();
    // A reader who has scrolled back stays there.
    if (followed) this.#list.scrollTop = this.#list.scrollHeight;
  }
}
