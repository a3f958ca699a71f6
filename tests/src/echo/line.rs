//! The line from a client to the server, on which bytes may be late or vanish.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::control::Mode;

/// The most bytes that are read at once.
const CHUNK: usize = 16 * 1024;

/// The most chunks under way on a slow line; then the client has to wait.
const CHUNKS_UNDER_WAY: usize = 256;

/// Carries what a client sends, `already` read or not, to the server as the mode allows, until
/// either end is gone.
pub(super) async fn carry(
    from: &mut OwnedReadHalf,
    already: Bytes,
    mode: watch::Receiver<Mode>,
    to: DuplexStream,
) {
    let (queue, queued) = mpsc::channel(CHUNKS_UNDER_WAY);
    // The queue is empty and both ends are here: there is room for one.
    let _ = queue.try_send(Chunk { due: Instant::now(), bytes: already });
    tokio::join!(take_in(from, mode.clone(), queue), hand_on(queued, mode, to));
}

struct Chunk {
    due: Instant,
    bytes: Bytes,
}

async fn take_in(
    from: &mut OwnedReadHalf,
    mut mode: watch::Receiver<Mode>,
    queue: mpsc::Sender<Chunk>,
) {
    while let Some(delay) = until_open(&mut mode).await {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = tokio::select! {
            biased;
            _ = mode.changed() => continue,
            read = from.read_buf(&mut chunk) => read,
        };
        if !matches!(read, Ok(1..)) {
            return;
        }
        let due = Instant::now() + delay;
        if queue.send(Chunk { due, bytes: chunk.freeze() }).await.is_err() {
            return;
        }
    }
}

async fn hand_on(
    mut queued: mpsc::Receiver<Chunk>,
    mut mode: watch::Receiver<Mode>,
    mut to: DuplexStream,
) {
    while let Some(Chunk { due, bytes }) = queued.recv().await {
        tokio::time::sleep_until(due).await;
        if until_open(&mut mode).await.is_none() || to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Waits for the end of the black hole, and says by how much what comes now is late; nothing once
/// the server is gone.
pub(super) async fn until_open(mode: &mut watch::Receiver<Mode>) -> Option<Duration> {
    mode.wait_for(|mode| *mode != Mode::Blackhole).await.ok().map(|mode| mode.delay())
}
