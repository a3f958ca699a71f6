// Made of what core decides: `WRITE_CONSTANTS=1 cargo test --package steadfast-tests --test constants` writes it anew.

/** The longest `connectTimeout`, in ms. */
export const CONNECT_TIMEOUT_MAX = 600000;

/** The most bytes of a control frame. */
export const FRAME_MAX_BYTES = 4096;

/** The most bytes of the name of a session in a frame. */
export const FRAME_MAX_SESSION_BYTES = 128;

/** The most bytes of a token in a frame. */
export const FRAME_MAX_TOKEN_BYTES = 256;

/** `outbox.maxBytes` by default. */
export const OUTBOX_BYTES = 1048576;

/** The greatest `outbox.maxBytes`. */
export const OUTBOX_MAX_BYTES = 1073741824;

/** The greatest `outbox.maxMessages`. */
export const OUTBOX_MAX_MESSAGES = 1000000;

/** `outbox.maxMessages` by default. */
export const OUTBOX_MESSAGES = 1000;

/** The longest `stableAfter`, in ms. */
export const STABLE_AFTER_MAX = 86400000;

/** The longest time that a message may wait, in ms. */
export const TTL_MAX = 86400000;
