//! What a connection asks of its JavaScript half: see link.js.

use wasm_bindgen::prelude::*;

use crate::timer::Waker;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript half of a connection: it keeps the sockets, the timers and
    /// the payloads, and knows the listeners.
    #[wasm_bindgen(extends = Waker)]
    #[derive(Clone, Debug)]
    pub type Sink;

    /// Dial, and tell the driver under this id what becomes of it. If it shall `refresh`, the user's
    /// function for the address must not say what it remembers.
    #[wasm_bindgen(method)]
    pub(crate) fn dial(this: &Sink, socket: u32, refresh: bool);

    /// Let go of a socket, with a goodbye of this code, if it is the present one.
    #[wasm_bindgen(method, js_name = hangUp)]
    pub(crate) fn hang_up(this: &Sink, socket: u32, code: u16);

    /// Post a report, and tell the driver what became of it; `last`, if the page may be going away.
    #[wasm_bindgen(method)]
    pub(crate) fn report(this: &Sink, report: &JsValue, last: bool);

    /// Send a heartbeat with this id, in the words that the server understands. What is for a socket
    /// goes nowhere if it is not the present one.
    #[wasm_bindgen(method)]
    pub(crate) fn ping(this: &Sink, socket: u32, id: u32);

    /// Send a control frame: see frames.rs.
    #[wasm_bindgen(method)]
    pub(crate) fn say(
        this: &Sink,
        socket: u32,
        kind: u8,
        number: f64,
        session: Option<&str>,
        token: Option<&str>,
    );

    /// Hand the payload of the message with this number to the socket. False, and nothing has
    /// happened, if the socket does not take it.
    #[wasm_bindgen(method)]
    pub(crate) fn transmit(this: &Sink, socket: u32, message: f64) -> bool;

    /// Let go of the payload of this message.
    #[wasm_bindgen(method)]
    pub(crate) fn release(this: &Sink, message: f64);

    /// Tell the listeners of an event.
    #[wasm_bindgen(method)]
    pub(crate) fn event(this: &Sink, name: &str, detail: &JsValue);
}
