//! One WebSocket, of the platform's class or of the user's.

use js_sys::{Array, Function, Object, Reflect};
use steadfast_core::connection::{Cause, Hint};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, WebSocket};

#[wasm_bindgen(raw_module = "./socket.js")]
extern "C" {
    /// The error that tells users of a dial that the platform does not allow, if the class has closed
    /// the socket at once, or has thrown an error that says so.
    pub(crate) fn blocked(is_closed: bool, error: &JsValue) -> Option<Object>;

    /// Calls `onclose` after an error of a dial that no `close` event follows.
    #[wasm_bindgen(catch, js_name = followErrors)]
    fn follow_errors(socket: &WebSocket) -> Result<(), JsValue>;

    /// Sends a close frame with this code, and ends the connection whose peer does not answer it, if
    /// the class can.
    #[wasm_bindgen(catch)]
    fn leave(socket: &WebSocket, code: u16) -> Result<(), JsValue>;
}

/// The lowest close code that a peer can give (RFC 6455, 7.4.2). Deno fires a `close` event with 0
/// when a dial fails.
const LOWEST: u16 = 1000;
/// Closed without a close frame (RFC 6455, 7.4.1).
const ABNORMAL: u16 = 1006;
/// No TLS.
const NO_TLS: u16 = 1015;

/// What becomes of a socket. Its messages go another way: see [`Sink`](crate::sink::Sink).
#[derive(Clone, Copy, Debug)]
pub(crate) enum SocketEvent {
    /// The platform does not allow this dial.
    Blocked,
    Opened,
    Lost(Cause, Hint),
}

/// One socket, with its listeners; both are gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    inner: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Dials, and calls `tell` with what becomes of it.
    ///
    /// # Errors
    ///
    /// What the constructor throws: a page may not dial every address.
    pub(crate) fn dial(
        class: &Function,
        url: &str,
        protocols: &Array,
        tell: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        // The user's class has the same members as the platform's but no relation to it, so it is
        // taken for one without a check.
        let arguments = Array::of1(&url.into());
        // Some classes refuse a list of none.
        if protocols.length() > 0 {
            arguments.push(protocols);
        }
        let socket: WebSocket = Reflect::construct(class, &arguments)?.unchecked_into();
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on_open = {
            let tell = tell.clone();
            Closure::<dyn FnMut()>::new(move || tell(SocketEvent::Opened))
        };
        // Chromium's way of saying that a content security policy forbids the address.
        let is_blocked = socket.ready_state() == WebSocket::CLOSED;
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            if is_blocked {
                return tell(SocketEvent::Blocked);
            }
            let cause = match event.code() {
                ABNORMAL | NO_TLS | ..LOWEST => Cause::Network,
                code => Cause::ClosedByPeer { code },
            };
            tell(SocketEvent::Lost(cause, Hint::from_close_reason(&event.reason())));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        follow_errors(&socket)?;
        Ok(Self { inner: socket, _on_open: on_open, _on_close: on_close })
    }

    pub(crate) fn as_js(&self) -> &WebSocket {
        &self.inner
    }

    /// Whether the server chose this sub-protocol.
    pub(crate) fn speaks(&self, protocol: &str) -> bool {
        // Some classes have null where the others have an empty text.
        Reflect::get(&self.inner, &"protocol".into()).is_ok_and(|chosen| chosen == protocol)
    }

    /// Says goodbye with this code. Nothing is heard of the socket any more.
    pub(crate) fn close(&self, code: u16) {
        self.detach();
        let _ = leave(&self.inner, code);
    }

    fn detach(&self) {
        self.inner.set_onopen(None);
        self.inner.set_onclose(None);
        self.inner.set_onmessage(None);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.detach();
    }
}
