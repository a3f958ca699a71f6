//! A TCP proxy that delays, truncates, drops, resets, swallows and reorders: it mistreats what goes through it, by a seed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use steadfast_core::rng::{Random as _, SeededRandom};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    calm: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
    carried: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// How a connection ends, if its peers do not end it before.
enum Fate {
    BlackHole,
    Drop,
    Reset,
}

impl Proxy {
    pub(crate) async fn start(target: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (calm, open, carried) = (Arc::default(), Arc::default(), Arc::default());
        let shared = (Arc::clone(&calm), Arc::clone(&open), Arc::clone(&carried));
        let task = tokio::spawn(async move {
            let mut seeds = SeededRandom::new(seed);
            while let Ok((client, _)) = listener.accept().await {
                let (calm, open, carried): (_, Arc<AtomicUsize>, Arc<AtomicUsize>) = shared.clone();
                carried.fetch_add(1, Ordering::Relaxed);
                open.fetch_add(1, Ordering::Relaxed);
                let random = SeededRandom::new(u64::from(seeds.next_u32()));
                tokio::spawn(async move {
                    // Whatever goes wrong is what it is for.
                    let _ = mistreat(client, target, random, calm).await;
                    open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Self { address, calm, open, carried, task })
    }

    /// Mistreats nothing from now on.
    pub(crate) fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How many connections there have been.
    pub(crate) fn carried(&self) -> usize {
        self.carried.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn mistreat(
    mut client: TcpStream,
    target: SocketAddr,
    mut random: SeededRandom,
    calm: Arc<AtomicBool>,
) -> io::Result<()> {
    let mut up_to = |millis: u32| Duration::from_millis(u64::from(random.next_u32() % millis));
    if !calm.load(Ordering::Relaxed) {
        // A connection may be overtaken by a later one, or get nowhere.
        tokio::time::sleep(up_to(100)).await;
        if up_to(10).is_zero() {
            return client.set_zero_linger();
        }
    }
    let mut server = TcpStream::connect(target).await?;
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
            while calm.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(100)).await;
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
