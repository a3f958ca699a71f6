//! One connection, mistreated by chance.

use std::io;
use std::time::Duration;

use steadfast_core::rng::{Random as _, SeededRandom};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Shared;

/// How a connection ends, if its peers do not end it before.
enum Fate {
    BlackHole,
    Drop,
    Reset,
}

pub(super) async fn mistreat(
    mut client: TcpStream,
    turn: usize,
    shared: &Shared,
    mut random: SeededRandom,
) -> io::Result<()> {
    let mut up_to = |millis: u32| Duration::from_millis(u64::from(random.next_u32() % millis));
    let mut calm = shared.calm.subscribe();
    if !*calm.borrow() {
        // A connection may be overtaken by a later one, or get nowhere.
        tokio::time::sleep(up_to(100)).await;
        if up_to(10).is_zero() {
            return client.set_zero_linger();
        }
    }
    let mut server = shared.dial(turn).await?;
    let (life, fate, delay) = (up_to(2_000), up_to(3), up_to(10));
    let rest = up_to(2_000);
    {
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.split(), server.split());
        let both = async {
            tokio::select! {
                _ = pump(&mut from_client, &mut to_server, delay) => {}
                _ = pump(&mut from_server, &mut to_client, delay) => {}
            }
        };
        let end = async {
            tokio::time::sleep(life).await;
            if *calm.borrow_and_update() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = both => return Ok(()),
            () = end => {}
        }
    }
    let fate = match fate.as_millis() {
        0 => Fate::BlackHole,
        1 => Fate::Drop,
        _ => Fate::Reset,
    };
    match fate {
        Fate::BlackHole => tokio::time::sleep(rest).await,
        Fate::Drop => return Ok(()),
        Fate::Reset => {}
    }
    client.set_zero_linger()?;
    server.set_zero_linger()
}

async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    delay: Duration,
) -> io::Result<()> {
    let mut bytes = vec![0; 4096];
    loop {
        let read = from.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        // In two parts, so that an end comes in the middle of what was sent.
        let (first, second) = bytes[..read].split_at(read / 2);
        tokio::time::sleep(delay).await;
        to.write_all(first).await?;
        tokio::time::sleep(delay).await;
        to.write_all(second).await?;
    }
}
