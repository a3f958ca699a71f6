use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll};

use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::Frame;

use super::{Socket, SocketEvent};
use crate::connector::{Incoming, Link, Lost, Outgoing};
use crate::message::Message;

/// A link over which nothing comes, and that has room for a number of things.
#[derive(Debug, Default)]
struct Narrow {
    room: usize,
    sending: Option<Outgoing<Message>>,
    sent: Vec<Outgoing<Message>>,
}

impl Link for Narrow {
    type Outgoing = Message;
    type Incoming = Message;

    fn start_send(&mut self, item: Outgoing<Message>) -> Result<(), Lost> {
        self.sending = Some(item);
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        if self.room == 0 {
            return Poll::Pending;
        }
        self.room -= 1;
        self.sent.extend(self.sending.take());
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Incoming<Message>, Lost>> {
        Poll::Pending
    }
}

/// What is sent when there is room for so much, as far as it goes.
async fn sent(socket: &mut Socket<Narrow>, room: usize) -> Vec<Outgoing<Message>> {
    socket.link.room = room;
    while let Some(SocketEvent::Sent(_) | SocketEvent::Alive) =
        poll_fn(|cx| match socket.poll(cx, true) {
            Poll::Ready(event) => Poll::Ready(Some(event)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    {}
    mem::take(&mut socket.link.sent)
}

fn message(text: &str) -> Outgoing<Message> {
    Outgoing::Message(Message::from(text))
}

/// A socket that is busy with a first message, while two more wait.
async fn busy() -> Socket<Narrow> {
    let mut socket = Socket::new(Narrow::default());
    for (id, text) in [(1, "one"), (2, "two"), (3, "three")] {
        socket.transmit(MessageId(id), text.into());
    }
    assert_eq!(sent(&mut socket, 0).await, []);
    socket
}

#[tokio::test]
async fn pings_and_control_frames_do_not_wait_behind_messages() {
    let mut socket = busy().await;
    socket.control(Frame::Ack { received: 5 });
    socket.ping(PingId(9));
    let expected = [
        message("one"),
        Outgoing::Ping(PingId(9)),
        Outgoing::Control(Frame::Ack { received: 5 }),
        message("two"),
        message("three"),
    ];
    assert_eq!(sent(&mut socket, 9).await, expected);
}

#[tokio::test]
async fn what_waits_of_each_kind_of_frame_is_the_last() {
    let mut socket = busy().await;
    for number in 0..1000 {
        socket.control(Frame::Ack { received: number.into() });
        socket.control(Frame::Pong { id: PingId(number) });
    }
    let expected = [
        message("one"),
        Outgoing::Control(Frame::Ack { received: 999 }),
        Outgoing::Control(Frame::Pong { id: PingId(999) }),
        message("two"),
        message("three"),
    ];
    assert_eq!(sent(&mut socket, 9).await, expected);
}
