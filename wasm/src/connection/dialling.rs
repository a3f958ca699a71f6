//! Dials, and lets go of what was dialled.

use std::rc::Rc;

use js_sys::Array;
use steadfast_core::connection::{Cause, Input, SocketId};
use steadfast_core::protocol::{Hint, close};
use wasm_bindgen::prelude::*;

use super::driving::Shared;
use crate::address::{Answer, Question};
use crate::options::PROTOCOL;
use crate::socket::{Socket, SocketEvent, blocked};

/// The state of the last dial.
#[derive(Debug)]
pub(super) enum DialState {
    None,
    /// The user's function is asked where to dial.
    Asking {
        id: SocketId,
        question: Option<Question>,
    },
    /// Shared, so that no borrow is held while the user's class is called.
    Socket {
        id: SocketId,
        socket: Rc<Socket>,
    },
}

impl Shared {
    fn socket(&self) -> Option<Rc<Socket>> {
        match &*self.link.borrow() {
            DialState::Socket { socket, .. } => Some(Rc::clone(socket)),
            DialState::Asking { .. } | DialState::None => None,
        }
    }

    /// Whether the server of the present link has chosen our sub-protocol.
    fn speaks(&self) -> bool {
        self.socket().is_some_and(|socket| socket.speaks(PROTOCOL))
    }

    pub(super) fn dial(self: &Rc<Self>, id: SocketId, offer: bool, refresh: bool) {
        if let Some(url) = &self.address {
            return self.dial_at(id, url, &self.protocols, offer, refresh);
        }
        let shared = Rc::downgrade(self);
        let question = Question::new(move |answer| async move {
            let answer = answer.await;
            let Some(shared) = shared.upgrade() else { return };
            match answer {
                Ok((url, protocols)) => shared.dial_at(id, &url, &protocols, offer, refresh),
                Err(error) => shared.could_not_dial(id, Cause::NoAddress, &error),
            }
        });
        self.link.replace(DialState::Asking { id, question: Some(question) });
        self.sink.ask(id.0, refresh);
    }

    /// The answer to the question of this dial. It is passed over if it took too long.
    pub(super) fn answered(&self, id: SocketId, answer: Answer) {
        let asked = self.link.borrow_mut().take_question(id);
        if let Some(question) = asked {
            question.answer(answer);
        }
    }

    fn dial_at(
        self: &Rc<Self>,
        id: SocketId,
        url: &str,
        protocols: &Array,
        offer: bool,
        refresh: bool,
    ) {
        // Chromium does not connect to a server that takes none of them, and does not say so.
        self.machine.borrow_mut().set_offers(protocols.includes(&PROTOCOL.into(), 0));
        let shared = Rc::downgrade(self);
        let tell = move |event| {
            if let Some(shared) = shared.upgrade() {
                shared.heard_of(id, event);
            }
        };
        let dialled = Socket::dial(&self.sink, id, url, protocols, offer, refresh, tell);
        match dialled {
            Ok(socket) => {
                self.link.replace(DialState::Socket { id, socket: Rc::new(socket) });
            }
            Err(error) => self.refused(id, &error),
        }
    }

    /// The class threw this error instead of dialling.
    fn refused(self: &Rc<Self>, id: SocketId, error: &JsValue) {
        match blocked(false, error).ok().flatten() {
            Some(blocked) => self.could_not_dial(id, Cause::Blocked, &blocked),
            None => self.could_not_dial(id, Cause::NoAddress, error),
        }
    }

    fn could_not_dial(self: &Rc<Self>, id: SocketId, cause: Cause, error: &JsValue) {
        self.forget(id, None);
        // First, so that the listeners for the loss know why.
        self.sink.error(error);
        self.accept(Input::Lost { socket: id, cause, hint: Hint::NONE });
    }

    fn heard_of(self: &Rc<Self>, id: SocketId, event: SocketEvent) {
        match event {
            SocketEvent::Blocked => {
                if let Ok(Some(error)) = blocked(true, &JsValue::UNDEFINED) {
                    self.could_not_dial(id, Cause::Blocked, &error);
                }
            }
            SocketEvent::Opened => {
                let speaks = self.speaks();
                self.choose_heartbeat(speaks);
                self.accept(Input::Opened { socket: id, reliable: speaks });
            }
            SocketEvent::Lost(cause, hint) => {
                self.forget(id, None);
                self.accept(Input::Lost { socket: id, cause, hint });
            }
        }
    }

    /// A server that chose our sub-protocol answers heartbeats; another may choke on them.
    fn choose_heartbeat(&self, speaks: bool) {
        let Some(negotiated) = &self.heartbeat_if_negotiated else { return };
        let heartbeat = speaks.then(|| negotiated.clone());
        let now = self.clock.now();
        // It was checked when the options were read.
        let _ = self.machine.borrow_mut().set_heartbeat(now, heartbeat);
    }

    /// The server broke the sub-protocol.
    pub(super) fn violated(self: &Rc<Self>, socket: SocketId) {
        self.forget(socket, Some(close::VIOLATION));
        let cause = Cause::ProtocolViolation;
        self.accept(Input::Lost { socket, cause, hint: Hint::NONE });
    }

    /// The user's handshake failed, and gave this close code, 0 if it gave none. Classes take 1000 and
    /// those from 3000 to 4999.
    pub(super) fn handshake_failed(self: &Rc<Self>, socket: SocketId, code: u16) {
        if !self.link.borrow().is(socket) {
            return;
        }
        let goodbye = if matches!(code, 1000 | 3000..=4999) { code } else { close::AWAY };
        self.forget(socket, Some(goodbye));
        let cause = Cause::HandshakeFailed { code: (code > 0).then_some(code) };
        self.accept(Input::Lost { socket, cause, hint: Hint::NONE });
    }

    /// Lets go of a socket, with a goodbye if there is a code for it.
    pub(super) fn forget(&self, id: SocketId, goodbye: Option<u16>) {
        if !self.link.borrow().is(id) {
            return;
        }
        let link = self.link.replace(DialState::None);
        self.sink.detach();
        if let (DialState::Socket { socket, .. }, Some(code)) = (link, goodbye) {
            socket.close(code);
        }
    }
}

impl DialState {
    pub(super) fn is(&self, socket: SocketId) -> bool {
        match self {
            Self::None => false,
            Self::Asking { id, .. } | Self::Socket { id, .. } => *id == socket,
        }
    }

    /// The question of this dial, if it waits for an answer. It is still being dialled.
    fn take_question(&mut self, socket: SocketId) -> Option<Question> {
        match self {
            Self::Asking { id, question } if *id == socket => question.take(),
            _ => None,
        }
    }
}
