// The classes of events as they were when the package was loaded: a test runner may put jsdom's in their place later, and a
// target dispatches only events of its own kind.

export const { CustomEvent, Event, EventTarget, MessageEvent } = globalThis;
