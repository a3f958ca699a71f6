//! What a connection asks of its JavaScript half.
//!
//! None of these functions throws, but where it is declared to: an exception would pass through the
//! frames of this module without running a destructor. See driver-callbacks.js.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

/// What [`Sink::transmit`] gives if the socket took the message: see sender.js.
pub(crate) const SENT: u8 = 1;
/// What it gives if the socket threw an error.
pub(crate) const REFUSED: u8 = 2;
/// What it gives if the socket holds too many bytes.
pub(crate) const BLOCKED: u8 = 3;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript half of a connection: it keeps the payloads, and knows the listeners.
    #[derive(Clone, Debug)]
    pub type Sink;

    /// Dial, hear the messages of the new socket, and tell the driver of each under this id.
    /// `offer`: whether `steadfast.v1` is to stay among `protocols`.
    /// `opened` is called when it has opened and the user's handshake, which gets `refresh`, has
    /// succeeded, and `closed` with a code and a reason when it is
    /// closed. An error is what the user's class, or the platform's, throws.
    #[wasm_bindgen(method, catch)]
    #[allow(clippy::too_many_arguments, reason = "it is one call, without an object")]
    pub(crate) fn dial(
        this: &Sink,
        id: u32,
        url: &str,
        protocols: &JsValue,
        offer: bool,
        refresh: bool,
        opened: &JsValue,
        closed: &JsValue,
    ) -> Result<WebSocket, JsValue>;

    /// The socket is gone.
    #[wasm_bindgen(method)]
    pub(crate) fn detach(this: &Sink);

    /// Ask the user's function where to dial, and tell the driver under this id. If it shall
    /// `refresh`, it must not say what it remembers.
    #[wasm_bindgen(method)]
    pub(crate) fn ask(this: &Sink, id: u32, refresh: bool);

    /// Post a report, and tell the driver its result; `last`, if the page may be going away.
    #[wasm_bindgen(method)]
    pub(crate) fn report(this: &Sink, report: &JsValue, last: bool);

    /// Send a heartbeat with this id, in the words that the server understands.
    #[wasm_bindgen(method)]
    pub(crate) fn ping(this: &Sink, id: u32);

    /// Send a control frame: see frames.rs.
    #[wasm_bindgen(method)]
    pub(crate) fn say(
        this: &Sink,
        kind: u8,
        number: f64,
        session: Option<&str>,
        token: Option<&str>,
    );

    /// Hand the payload of the message with this number to the socket: `SENT`, `REFUSED`; or nothing
    /// has happened: `BLOCKED`, if more than `most` bytes lie in the socket's buffer, or another
    /// number, if the socket takes no messages.
    #[wasm_bindgen(method)]
    pub(crate) fn transmit(this: &Sink, message: f64, most: f64) -> u8;

    /// Let go of the payload of this message.
    #[wasm_bindgen(method)]
    pub(crate) fn release(this: &Sink, message: f64);

    /// Tell the listeners of an event.
    #[wasm_bindgen(method)]
    pub(crate) fn event(this: &Sink, name: &str, detail: &JsValue);

    /// Tell the listeners of something that went wrong and that no caller hears of.
    #[wasm_bindgen(method)]
    pub(crate) fn error(this: &Sink, error: &JsValue);
}
