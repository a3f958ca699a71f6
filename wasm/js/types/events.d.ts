// Targets whose events are known by name.

import type { Payload } from "./connection.js";

/** What a listener finds in `event.detail`: the payload, the dotted name, and when it happened (Unix ms). */
export type Detail<Name extends string, Payload = unknown> = { at: number; name: Name } & Payload;

/** Something went wrong that no caller hears of: in the module, a URL function, a WebSocket class or a report. */
export interface FailureEvent extends Event {
  readonly type: "error";
  readonly error: unknown;
}

/** An `EventTarget` whose events are known by name. */
export interface Listenable<Events> {
  addEventListener<Type extends keyof Events>(
    type: Type,
    listener: Listener<Events[Type]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Events>(
    type: Type,
    listener: Listener<Events[Type]> | null,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}

export type Listener<Heard> = ((event: Heard) => void) | { handleEvent(event: Heard): void };
