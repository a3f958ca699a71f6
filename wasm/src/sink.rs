//! What a connection asks of its JavaScript half.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript half of a connection: it keeps the payloads, and knows the listeners.
    #[derive(Clone, Debug)]
    pub type Sink;

    /// There is a new socket: hear its messages, and tell the driver of each under this id.
    #[wasm_bindgen(method)]
    pub(crate) fn attach(this: &Sink, socket: &WebSocket, id: u32);

    /// The socket is gone.
    #[wasm_bindgen(method)]
    pub(crate) fn detach(this: &Sink);

    /// Ask the user's function where to dial, and tell the driver under this id. If it shall
    /// `refresh`, it must not say what it remembers.
    #[wasm_bindgen(method)]
    pub(crate) fn ask(this: &Sink, id: u32, refresh: bool);

    /// Post a report, and tell the driver what became of it; `last`, if the page may be going away.
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

    /// Hand the payload of the message with this number to the socket. False, and nothing has
    /// happened, if the socket does not take it.
    #[wasm_bindgen(method)]
    pub(crate) fn transmit(this: &Sink, message: f64) -> bool;

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
