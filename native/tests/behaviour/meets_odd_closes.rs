use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::StreamExt as _;
use steadfast::{Cause, EventKind, FailureReason, SessionFailure, Status};
use tokio::io::AsyncWriteExt as _;

use crate::ask::{becomes, eager, next_event, within};
use crate::server::{Peer, Server};

/// Serves links, the first of which it ends by this payload of a close frame, as no library sends it.
async fn closing(payload: &'static [u8]) -> Server {
    let links = Arc::new(AtomicU32::new(0));
    Server::start(move |mut peer: Peer| {
        let is_first = links.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if is_first {
                let length = u8::try_from(payload.len()).unwrap();
                let frame = [&[0x88, length], payload].concat();
                peer.get_mut().write_all(&frame).await.unwrap();
            }
            while let Some(Ok(_)) = peer.next().await {}
        }
    })
    .await
}

/// Why the first link was lost, once there is another one.
async fn cause_of_loss(payload: &'static [u8]) -> Cause {
    let server = closing(payload).await;
    let connection = eager(server.url()).open().unwrap();
    let mut events = connection.events();
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    let cause = next_event(&mut events, lost).await;
    let again = |state: &steadfast::ConnectionState| {
        state.status == Status::Connected && state.total_disconnections == 1
    };
    within(connection.wait_until(again)).await.expect("it comes back");
    cause
}

#[tokio::test]
async fn a_close_code_that_must_not_be_sent_is_an_ordinary_loss() {
    for code in [0_u16, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535] {
        let payload = Box::leak(Box::new(code.to_be_bytes()));
        assert_eq!(cause_of_loss(payload).await, Cause::Network, "{code}");
    }
}

#[tokio::test]
async fn a_close_frame_that_is_none_is_an_ordinary_loss() {
    let cut_off = b"\x03";
    let no_text = b"\x03\xe8\xff\xfe";
    for payload in [&cut_off[..], no_text] {
        assert_eq!(cause_of_loss(payload).await, Cause::Network, "{payload:?}");
    }
}

#[tokio::test]
async fn a_close_code_that_says_no_more_than_goodbye_is_an_ordinary_loss() {
    for code in [1000_u16, 1001, 1011, 1012, 1013, 3000, 3999, 4000, 4401, 4999] {
        let payload = Box::leak(Box::new(code.to_be_bytes()));
        assert_eq!(cause_of_loss(payload).await, Cause::ClosedByPeer { code });
    }
    assert_eq!(cause_of_loss(b"").await, Cause::ClosedByPeer { code: 1005 });
}

#[tokio::test]
async fn a_final_code_ends_it_and_says_so() {
    for code in [1002_u16, 1003, 1007, 1008, 1009, 1010, 4409] {
        let server = closing(Box::leak(Box::new(code.to_be_bytes()))).await;
        let connection = eager(server.url()).open().unwrap();
        let mut events = connection.events();
        becomes(&connection, Status::Failed).await;
        let failed = |kind| match kind {
            EventKind::Failed(failure) => Some(failure),
            _ => None,
        };
        let failure = next_event(&mut events, failed).await;
        let cause = Cause::ClosedByPeer { code };
        assert_eq!(failure, SessionFailure { reason: FailureReason::FinalCloseCode, cause });
        assert_eq!(connection.state().failure, Some(failure));
    }
}
