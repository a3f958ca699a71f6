//! A slow link is not a dead one: what goes over real sockets and a proxy that hands on a few bytes a
//! second, or hands them on late.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::future::try_join_all;
use futures::{SinkExt as _, StreamExt as _};
use steadfast::{Connection, Outbox, Status};
use steadfast_tests::chaos::{Conduct, Proxy};
use steadfast_tests::process::DEADLINE;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;
type Outcome = Fallible<()>;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// The time between two looks at whether a link was lost.
const LOOK: Duration = Duration::from_millis(100);

/// What goes over a link.
#[derive(Clone, Copy, Debug)]
enum Transfer {
    /// A number of messages from the client, and the bytes of each.
    Up { messages: usize, bytes: usize },
    /// One message of that many bytes from the server.
    Down { bytes: usize },
}

/// A server that answers a number by a message of as many bytes, and says nothing else.
async fn server() -> Fallible<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    Ok(address)
}

async fn serve(stream: TcpStream) -> Option<()> {
    let mut peer = accept_async(stream).await.ok()?;
    while let Some(message) = peer.next().await {
        let answer = match message.ok()? {
            Message::Text(bytes) => Message::binary(vec![0; bytes.parse().ok()?]),
            _ => continue,
        };
        peer.send(answer).await.ok()?;
    }
    Some(())
}

async fn proxy(conduct: Conduct) -> Fallible<Proxy> {
    let proxy = Proxy::start([server().await?]).await?;
    proxy.behave(conduct);
    Ok(proxy)
}

/// Everything as by default, but for an outbox that takes the messages of these tests.
fn client(proxy: &Proxy) -> Fallible<Connection> {
    let outbox = Outbox { max_bytes: 8 * MIB, ..Outbox::default() };
    Ok(steadfast::connect(format!("ws://{}/", proxy.address())).outbox(outbox).open()?)
}

/// The next message; nothing once a link was lost.
async fn next(connection: &mut Connection) -> Fallible<Option<steadfast::Message>> {
    let message = async {
        while connection.state().total_disconnections == 0 {
            if let Ok(message) = timeout(LOOK, connection.next()).await {
                return message;
            }
        }
        None
    };
    Ok(timeout(DEADLINE, message).await?)
}

/// Makes a transfer at a rate, in KiB a second, and says how many links were lost meanwhile.
async fn transfer(rate: u32, transfer: Transfer) -> Fallible<u64> {
    let rate = NonZeroU32::new(rate << 10).ok_or("it is not zero")?;
    let proxy = proxy(Conduct::throttling(rate)).await?;
    let mut connection = client(&proxy)?;
    timeout(DEADLINE, connection.wait_until(|state| state.status == Status::Connected)).await??;
    match transfer {
        Transfer::Up { messages, bytes } => {
            for _ in 0..messages {
                connection.send(vec![0; bytes]).await?;
            }
            // It is answered after all that came before it.
            connection.send("0").await?;
            next(&mut connection).await?;
        }
        Transfer::Down { bytes } => {
            connection.send(bytes.to_string()).await?;
            let come = next(&mut connection).await?;
            assert!(come.is_none_or(|message| message.len() == bytes));
        }
    }
    Ok(connection.state().total_disconnections.into())
}

#[tokio::test]
async fn a_link_that_never_stops_moving_bytes_is_never_lost() -> Outcome {
    let transfers = [
        (200, Transfer::Up { messages: 1, bytes: 4 * MIB }),
        (250, Transfer::Down { bytes: 2 * MIB }),
        (150, Transfer::Up { messages: 300, bytes: 8 * KIB }),
        (16, Transfer::Up { messages: 1, bytes: 256 * KIB }),
        (16, Transfer::Down { bytes: 256 * KIB }),
        (16, Transfer::Up { messages: 40, bytes: 8 * KIB }),
    ];
    let lost = try_join_all(transfers.map(|(rate, what)| transfer(rate, what))).await?;
    let lost: Vec<_> = transfers.into_iter().zip(lost).filter(|(_, lost)| *lost > 0).collect();
    assert!(lost.is_empty(), "links were lost: {lost:?}");
    Ok(())
}

#[tokio::test]
async fn a_link_with_a_round_trip_of_five_seconds_stays_up() -> Outcome {
    let proxy = proxy(Conduct::delaying(Duration::from_millis(2500))).await?;
    let mut connection = client(&proxy)?;
    for _ in 0..3 {
        connection.send("0").await?;
        next(&mut connection).await?.ok_or("the link was lost")?;
    }
    let latency = connection.state().latency.ok_or("no heartbeat was answered")?;
    assert!(latency >= Duration::from_secs(5), "{latency:?}");
    Ok(())
}
