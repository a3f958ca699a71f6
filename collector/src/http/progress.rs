//! Ends the connection of a peer that does not read what it is sent.

use std::future::Future as _;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::places::Movement;

/// How long a peer may take to read [`LEAST_BYTES`], while more waits to be sent to it.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The least that a peer has to read within [`PATIENCE`]: 1.6 kB a second, a fifth of what a phone
/// gets over GPRS.
const LEAST_BYTES: usize = 16 * 1024;

/// A stream whose writes fail when its peer reads too little.
///
/// A write that has to wait starts a timer. The timer ends when the peer has taken [`LEAST_BYTES`], or
/// everything that waited: a flush says that nothing more is to be sent.
#[derive(Debug)]
pub(super) struct Progress<S> {
    stream: S,
    movement: Option<Movement>,
    patience: Duration,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    limit: Pin<Box<Sleep>>,
    taken: usize,
}

impl<S> Progress<S> {
    pub(super) fn new(stream: S, movement: Option<Movement>) -> Self {
        Self { stream, movement, patience: PATIENCE, waiting: None }
    }

    fn moved(&self) {
        self.movement.iter().for_each(Movement::moved);
    }

    /// Counts what the peer has taken, or how long it takes nothing.
    fn judge(&mut self, cx: &mut Context<'_>, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.moved();
                if let Some(waiting) = &mut self.waiting {
                    waiting.taken += bytes;
                    if waiting.taken >= LEAST_BYTES {
                        self.waiting = None;
                    }
                }
                written
            }
            Poll::Ready(Err(_)) => written,
            Poll::Pending => {
                let waiting = self.waiting.get_or_insert_with(|| Waiting {
                    limit: Box::pin(sleep_until(Instant::now() + self.patience)),
                    taken: 0,
                });
                waiting.limit.as_mut().poll(cx).map(|()| {
                    let patience = self.patience;
                    let message = format!("the peer read less than 16 KiB within {patience:?}");
                    Err(Error::new(ErrorKind::TimedOut, message))
                })
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Progress<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            self.moved();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Progress<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buffer);
        self.judge(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        self.judge(cx, written)
    }

    /// Otherwise hyper would copy each body into a buffer of the connection.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            self.waiting = None;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    const CHUNK: [u8; LEAST_BYTES] = [0; LEAST_BYTES];
    const SHORT: Duration = Duration::from_secs(2);

    fn progress(stream: DuplexStream) -> Progress<DuplexStream> {
        Progress { patience: SHORT, ..Progress::new(stream, None) }
    }

    #[tokio::test]
    async fn a_peer_that_reads_nothing_is_cut_off_and_one_that_reads_slowly_is_not() {
        let (one, mut peer) = duplex(LEAST_BYTES);
        let mut stream = progress(one);
        stream.write_all(&CHUNK).await.unwrap();
        stream.flush().await.unwrap();
        let reads = async {
            for _ in 0..5 {
                tokio::time::sleep(SHORT / 4).await;
                peer.read_exact(&mut [0; LEAST_BYTES]).await.unwrap();
            }
            peer
        };
        let writes = async {
            for _ in 0..5 {
                stream.write_all(&CHUNK).await.unwrap();
            }
            stream.write_all(&CHUNK).await.unwrap_err()
        };
        let (error, _peer) = tokio::join!(writes, reads);
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_reads_a_byte_now_and_then_is_cut_off() {
        let (one, mut peer) = duplex(LEAST_BYTES);
        let mut stream = progress(one);
        let zeros = vec![0; 8 * LEAST_BYTES];
        let reads = async {
            loop {
                tokio::time::sleep(SHORT / 10).await;
                if peer.read_exact(&mut [0; 8]).await.is_err() {
                    return;
                }
            }
        };
        let writes = stream.write_all(&zeros);
        let error = tokio::select! {
            written = writes => written.unwrap_err(),
            () = reads => panic!("it is cut off first"),
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_pause_in_which_nothing_is_to_be_sent_counts_for_nothing() {
        let (one, mut peer) = duplex(8);
        let mut stream = progress(one);
        for _ in 0..3 {
            let (written, read) = tokio::join!(stream.write_all(&[0; 16]), async {
                tokio::time::sleep(SHORT / 20).await;
                peer.read_exact(&mut [0; 16]).await
            });
            assert!(written.is_ok() && read.is_ok());
            stream.flush().await.unwrap();
            tokio::time::sleep(SHORT * 2).await;
        }
    }
}
