//! One connection, carried as the conduct has it.

use std::future::pending;
use std::io;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::{Conduct, Order, Shared};

/// The most bytes that are read at once: few enough for a throttle to be even.
const CHUNK: usize = 4096;

/// The most chunks on their way in one direction; then the sender has to wait.
const CHUNKS_UNDER_WAY: usize = 256;

pub(super) async fn carry(mut client: TcpStream, turn: usize, shared: &Shared) -> io::Result<()> {
    let mut orders = shared.order.subscribe();
    if shared.conduct.borrow().refuses {
        return client.set_zero_linger();
    }
    let mut server = shared.dial(turn).await?;
    let order = {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let conduct = || shared.conduct.subscribe();
        let up = one_way(&mut from_client, &mut to_server, conduct());
        let down = one_way(&mut from_server, &mut to_client, conduct());
        let mut up = std::pin::pin!(up);
        let order = tokio::select! {
            // First, so that what follows an order does not come before it.
            biased;
            order = next(&mut orders) => order,
            result = async { tokio::try_join!(&mut up, down) } => return result.map(drop),
        };
        if order == Order::HalfClose {
            to_client.shutdown().await?;
            tokio::select! {
                result = up => return result,
                order = next(&mut orders) => order,
            }
        } else {
            order
        }
    };
    if order == Order::Reset {
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    Ok(())
}

async fn next(orders: &mut watch::Receiver<(usize, Option<Order>)>) -> Order {
    if orders.changed().await.is_err() {
        // The proxy is gone, and nobody gives orders any more.
        pending::<()>().await;
    }
    orders.borrow_and_update().1.unwrap_or(Order::Cut)
}

/// Bytes on their way through, and when they arrive.
struct Chunk {
    due: Instant,
    bytes: Vec<u8>,
}

/// Hands on until one side ends, and then ends the other.
async fn one_way(
    from: &mut ReadHalf<'_>,
    to: &mut WriteHalf<'_>,
    conduct: watch::Receiver<Conduct>,
) -> io::Result<()> {
    let (queue, queued) = mpsc::channel(CHUNKS_UNDER_WAY);
    tokio::try_join!(read(from, conduct.clone(), queue), write(queued, conduct, to)).map(drop)
}

/// Reads at the rate that the conduct allows. The delay does not hold up what comes next.
async fn read(
    from: &mut ReadHalf<'_>,
    mut conduct: watch::Receiver<Conduct>,
    queue: mpsc::Sender<Chunk>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut before = 0;
    loop {
        until_open(&mut conduct).await;
        let read = tokio::select! {
            biased;
            // The conduct may have become another: it is looked at before anything is read.
            () = changed(&mut conduct) => continue,
            read = from.read(&mut buffer) => read?,
        };
        if read == 0 {
            return Ok(());
        }
        let now = *conduct.borrow();
        let mut bytes = buffer[..read].to_vec();
        if let Some(every) = now.corrupt {
            corrupt(&mut bytes, before, every);
        }
        before += read;
        if queue.send(Chunk { due: Instant::now() + now.delay, bytes }).await.is_err() {
            return Ok(());
        }
        if let Some(rate) = now.throttle {
            tokio::time::sleep(Duration::from_secs(1).mul_f64(read as f64 / f64::from(rate.get())))
                .await;
        }
    }
}

async fn write(
    mut queued: mpsc::Receiver<Chunk>,
    mut conduct: watch::Receiver<Conduct>,
    to: &mut WriteHalf<'_>,
) -> io::Result<()> {
    while let Some(Chunk { due, bytes }) = queued.recv().await {
        tokio::time::sleep_until(due).await;
        until_open(&mut conduct).await;
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}

async fn until_open(conduct: &mut watch::Receiver<Conduct>) {
    // If the proxy is gone, what it did last goes on.
    if conduct.wait_for(|conduct| !conduct.holds).await.is_err() {
        pending::<()>().await;
    }
}

async fn changed(conduct: &mut watch::Receiver<Conduct>) {
    if conduct.changed().await.is_err() {
        pending::<()>().await;
    }
}

/// Turns over the lowest bit of one byte in `every`, counted from the first that ever came.
fn corrupt(bytes: &mut [u8], before: usize, every: NonZeroU32) {
    let every = every.get() as usize;
    let first = every - 1 - before % every;
    bytes.iter_mut().skip(first).step_by(every).for_each(|byte| *byte ^= 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_so_many_bytes_one_is_damaged_wherever_chunks_begin() {
        let three = NonZeroU32::new(3).unwrap_or(NonZeroU32::MIN);
        let mut whole = [0; 9];
        corrupt(&mut whole, 0, three);
        assert_eq!(whole, [0, 0, 1, 0, 0, 1, 0, 0, 1]);
        let mut parts = [0; 9];
        corrupt(&mut parts[..4], 0, three);
        corrupt(&mut parts[4..], 4, three);
        assert_eq!(parts, whole);
    }
}
