//! One WebSocket, of the platform's class or of the user's.

use js_sys::{Object, Reflect};
use steadfast_core::connection::{Cause, SocketId};
use steadfast_core::protocol::Hint;
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::sink::Sink;

#[wasm_bindgen(raw_module = "./connection/socket.js")]
extern "C" {
    /// The error that tells users of a dial that the platform does not allow, if the class has closed
    /// the socket at once, or has thrown an error that says so.
    #[wasm_bindgen(catch)]
    pub(crate) fn blocked(is_closed: bool, error: &JsValue) -> Result<Option<Object>, JsValue>;

    /// Sends a close frame with this code, and ends the connection whose peer does not answer it, if
    /// the class can. Nothing is heard of the socket any more.
    #[wasm_bindgen(js_name = hangUp)]
    fn hang_up(socket: &WebSocket, code: u16);

    /// Nothing is heard of this socket any more.
    fn mute(socket: &WebSocket);
}

/// The events of a socket. Its messages go another way: see [`Sink`].
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
    /// Of the platform's class, or of one with the same members.
    inner: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_close: Closure<dyn FnMut(u16, String, bool)>,
}

impl Socket {
    /// Dials, with `steadfast.v1` among the sub-protocols only if `offer`, and calls `tell` with what
    /// becomes of it.
    ///
    /// # Errors
    ///
    /// What the constructor throws: a page may not dial every address.
    pub(crate) fn dial(
        sink: &Sink,
        id: SocketId,
        url: &str,
        protocols: &JsValue,
        offer: bool,
        refresh: bool,
        tell: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let on_open = {
            let tell = tell.clone();
            Closure::<dyn FnMut()>::new(move || tell(SocketEvent::Opened))
        };
        let on_close = move |code, reason: String, is_blocked| {
            if is_blocked {
                return tell(SocketEvent::Blocked);
            }
            tell(SocketEvent::Lost(told(code), Hint::from_close_reason(&reason)));
        };
        let on_close = Closure::<dyn FnMut(u16, String, bool)>::new(on_close);
        let inner =
            sink.dial(id.0, url, protocols, offer, refresh, on_open.as_ref(), on_close.as_ref())?;
        Ok(Self { inner, _on_open: on_open, _on_close: on_close })
    }

    /// Whether the server chose this sub-protocol.
    pub(crate) fn speaks(&self, protocol: &str) -> bool {
        // Some classes have null where the others have an empty text.
        Reflect::get(&self.inner, &"protocol".into()).is_ok_and(|chosen| chosen == protocol)
    }

    /// Says goodbye with this code. Nothing is heard of the socket any more.
    pub(crate) fn close(&self, code: u16) {
        hang_up(&self.inner, code);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        mute(&self.inner);
    }
}

/// What a close code says, or a number below all of them: a status of HTTP, or one of those of
/// causes.js.
fn told(code: u16) -> Cause {
    match code {
        1 => Cause::Certificate,
        2 => Cause::Dns,
        3 => Cause::MessageTooLong,
        4 => Cause::NotWebSocket,
        5 => Cause::Redirect,
        6 => Cause::Subprotocol,
        7 => Cause::Tls,
        8 => Cause::TlsExpected,
        9 => Cause::TlsUnsupported,
        status @ 100..1000 => Cause::Rejected { status },
        code => Cause::of_close_code(code),
    }
}
