//! The proxy mistreats what goes through it as configured, and a connection outlives all of it.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::core::protocol::SUBPROTOCOL;
use steadfast::server::{Server, ServerConfig};
use steadfast::{Connection, Exponential, Heartbeat, Intervals};
use steadfast_tests::chaos::{Conduct, Proxy};
use steadfast_tests::process::{DEADLINE, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;
type Outcome = Fallible<()>;

/// A server that sends back what it receives, byte for byte.
async fn parrot() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                drop(tokio::io::copy(&mut read, &mut write).await);
            });
        }
    });
    Ok(address)
}

async fn through(proxy: &Proxy) -> io::Result<TcpStream> {
    TcpStream::connect(proxy.address()).await
}

/// What comes back until there is as much, or the end.
async fn heard(stream: &mut TcpStream, bytes: usize) -> Fallible<Vec<u8>> {
    let mut heard = vec![0; bytes];
    timeout(DEADLINE, stream.read_exact(&mut heard)).await??;
    Ok(heard)
}

#[tokio::test]
async fn what_goes_through_comes_out_the_same_however_slowly() -> Outcome {
    let proxy = Proxy::start([parrot().await?]).await?;
    let rate = NonZeroU32::new(1 << 20).ok_or("it is not zero")?;
    let conducts = [
        Conduct::default(),
        Conduct::delaying(Duration::from_millis(20)),
        Conduct::throttling(rate),
    ];
    let told: Vec<u8> = (0..50_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    for conduct in conducts {
        proxy.behave(conduct);
        let mut stream = through(&proxy).await?;
        let (mut read, mut write) = stream.split();
        let mut said_back = vec![0; told.len()];
        let both =
            async { tokio::try_join!(write.write_all(&told), read.read_exact(&mut said_back)) };
        timeout(DEADLINE, both).await??;
        assert!(said_back == told, "{conduct:?}");
    }
    assert_eq!(proxy.carried(), conducts.len());
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_delayed_do_not_hold_up_those_behind_them() -> Outcome {
    const BYTES: usize = 60 * 4096;
    let proxy = Proxy::start([parrot().await?]).await?;
    proxy.behave(Conduct::delaying(Duration::from_millis(250)));
    let mut stream = through(&proxy).await?;
    let began = tokio::time::Instant::now();
    stream.write_all(&vec![0; BYTES]).await?;
    heard(&mut stream, BYTES).await?;
    // One piece after another would take 15 s.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_black_hole_took_comes_out_once_it_is_none() -> Outcome {
    let proxy = Proxy::start([parrot().await?]).await?;
    let mut stream = through(&proxy).await?;
    stream.write_all(b"one").await?;
    assert_eq!(heard(&mut stream, 3).await?, b"one");
    proxy.behave(Conduct::black_hole());
    stream.write_all(b"two").await?;
    let nothing = timeout(Duration::from_millis(200), stream.read_u8()).await;
    assert!(nothing.is_err(), "{nothing:?} came out of a black hole");
    proxy.calm();
    assert_eq!(heard(&mut stream, 3).await?, b"two");
    Ok(())
}

#[tokio::test]
async fn connections_end_as_they_are_told_to() -> Outcome {
    let proxy = Proxy::start([parrot().await?]).await?;
    let ending = async |end: fn(&Proxy)| {
        let mut stream = through(&proxy).await?;
        stream.write_all(b"one").await?;
        heard(&mut stream, 3).await?;
        end(&proxy);
        let end = timeout(DEADLINE, stream.read_u8()).await?.map_err(|error| error.kind());
        eventually("an end of it", async || (proxy.open() == 0).then_some(())).await?;
        Fallible::Ok(end)
    };
    assert_eq!(ending(Proxy::cut).await?, Err(io::ErrorKind::UnexpectedEof));
    assert_eq!(ending(Proxy::reset).await?, Err(io::ErrorKind::ConnectionReset));
    proxy.behave(Conduct::refusing());
    let mut refused = through(&proxy).await?;
    let end = timeout(DEADLINE, refused.read_u8()).await?.map_err(|error| error.kind());
    assert_eq!(end, Err(io::ErrorKind::ConnectionReset));
    Ok(())
}

#[tokio::test]
async fn of_a_half_closed_connection_the_other_half_goes_on() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let proxy = Proxy::start([listener.local_addr()?]).await?;
    let mut client = through(&proxy).await?;
    let (mut server, _) = listener.accept().await?;
    server.write_all(b"one").await?;
    assert_eq!(heard(&mut client, 3).await?, b"one");
    proxy.half_close();
    let end = timeout(DEADLINE, client.read_u8()).await?.map_err(|error| error.kind());
    assert_eq!(end, Err(io::ErrorKind::UnexpectedEof));
    client.write_all(b"two").await?;
    assert_eq!(heard(&mut server, 3).await?, b"two");
    Ok(())
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_passed_over() -> Outcome {
    let gone = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let proxy = Proxy::start([gone, parrot().await?]).await?;
    for _ in 0..3 {
        let mut stream = through(&proxy).await?;
        stream.write_all(b"one").await?;
        assert_eq!(heard(&mut stream, 3).await?, b"one");
    }
    Ok(())
}

/// A server that says back every message of every session.
async fn echo() -> Fallible<SocketAddr> {
    let server = Server::new(ServerConfig::default())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move {
                let Ok(Some(mut connection)) = server.accept(stream).await else { return };
                let sender = connection.sender();
                while let Some(message) = connection.next().await {
                    if sender.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(address)
}

/// One that notices within a second or two that its link is dead.
fn impatient(proxy: &Proxy) -> Fallible<Connection> {
    let (delay, late) = (Duration::from_millis(50), Duration::from_millis(500));
    let connection = steadfast::connect(format!("ws://{}/", proxy.address()))
        .protocol(SUBPROTOCOL)
        .retry(Exponential { base_delay: delay, max_delay: delay, ..Exponential::default() })
        .connect_timeout(Duration::from_secs(2))
        .heartbeat(Heartbeat {
            intervals: Intervals::fixed(Duration::from_millis(300)),
            late_min: late,
            late_max: late,
            max_missed: 2,
            ..Heartbeat::default()
        });
    Ok(connection.open()?)
}

/// What is done to the connections that are open.
type Trouble = fn(&Proxy);

#[tokio::test]
async fn a_connection_outlives_everything_that_a_network_does() -> Outcome {
    let proxy = Proxy::start([echo().await?]).await?;
    let mut connection = impatient(&proxy)?;
    let few = NonZeroU32::new(40).ok_or("it is not zero")?;
    let nothing: Trouble = |_| {};
    let troubles: [(&str, Conduct, Trouble); 6] = [
        ("a cut", Conduct::default(), Proxy::cut),
        ("a reset", Conduct::default(), Proxy::reset),
        ("a half-closed link", Conduct::default(), Proxy::half_close),
        ("refusals", Conduct::refusing(), Proxy::reset),
        ("a black hole", Conduct::black_hole(), nothing),
        ("damage", Conduct::corrupting(few), Proxy::reset),
    ];
    let mut said = 0;
    for (name, conduct, trouble) in troubles {
        connection.send(format!("before {name}")).await?;
        said += 1;
        let links = proxy.carried();
        trouble(&proxy);
        proxy.behave(conduct);
        // It tries again while the trouble lasts.
        eventually("another dial", async || (proxy.carried() > links).then_some(())).await?;
        // A message that is damaged arrives as another, as TCP without TLS lets it.
        if conduct.corrupt.is_none() {
            connection.send(format!("during {name}")).await?;
            said += 1;
        }
        proxy.calm();
    }
    let mut heard = Vec::new();
    while heard.len() < said {
        let message = timeout(DEADLINE, connection.next()).await?.ok_or("it has ended")?;
        heard.push(message.as_text().unwrap_or_default().to_owned());
    }
    let expected = troubles.iter().flat_map(|(name, conduct, _)| {
        let during = conduct.corrupt.is_none().then(|| format!("during {name}"));
        [Some(format!("before {name}")), during].into_iter().flatten()
    });
    assert_eq!(heard, expected.collect::<Vec<_>>(), "each once and in order");
    connection.close().await;
    Ok(())
}
