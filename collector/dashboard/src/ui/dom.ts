/** Making elements, and changing no more of them than has to change. */

export type Attributes = Record<string, string | boolean>;

/** An element with these attributes and children. `true` stands for an attribute without value. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const created = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false) created.setAttribute(attribute, value === true ? "" : value);
  }
  created.append(...children);
  return created;
}

/** A link to some sessions: the page scrolls to their table. */
export function sessionsLink(
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLAnchorElement {
  return element("a", { "data-leads-to": "sessions-title", ...attributes }, ...children);
}

/** The element with this id, which index.html promises. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id ${id}`);
}

/** Sets a text, and leaves the page alone if it is there already. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Calls `run` once in the next frame that is drawn, however often the result is called. */
export function oncePerFrame(run: () => void): () => void {
  let requested = false;
  return () => {
    if (requested) return;
    requested = true;
    requestAnimationFrame(() => {
      requested = false;
      run();
    });
  };
}
