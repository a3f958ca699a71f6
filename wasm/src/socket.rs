//! One WebSocket, of the platform's class or of the user's.

use js_sys::{Array, Function, Reflect};
use steadfast_core::connection::{Cause, Hint};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, WebSocket};

#[wasm_bindgen(raw_module = "./socket.js")]
extern "C" {
    /// Does nothing. Some classes take an error that nobody hears for a crash.
    #[wasm_bindgen(js_name = ignore, thread_local_v2)]
    static IGNORE: Function;
}

/// Closed without a close frame (RFC 6455, 7.4.1).
const ABNORMAL: u16 = 1006;
/// No TLS.
const NO_TLS: u16 = 1015;

/// What becomes of a socket. Its messages go another way: see [`Sink`](crate::sink::Sink).
#[derive(Clone, Copy, Debug)]
pub(crate) enum SocketEvent {
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
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            let cause = match event.code() {
                ABNORMAL | NO_TLS => Cause::Network,
                code => Cause::ClosedByPeer { code },
            };
            tell(SocketEvent::Lost(cause, Hint::from_close_reason(&event.reason())));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        // An error is always followed by a close, which says more.
        IGNORE.with(|ignore| socket.set_onerror(Some(ignore)));
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
        let _ = self.inner.close_with_code(code);
        // A dead peer never answers a goodbye. Classes outside of browsers can be told not to wait.
        if code != 1000
            && let Ok(terminate) = Reflect::get(&self.inner, &"terminate".into())
            && let Some(terminate) = terminate.dyn_ref::<Function>()
        {
            let _ = terminate.call0(&self.inner);
        }
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
