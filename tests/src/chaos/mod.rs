//! A TCP proxy that mistreats what goes through it: on demand, or by a seed.
//!
//! A [`Proxy`] stands between a client and one or several servers. What it does to bytes is its
//! [`Conduct`], which holds for the connections that are open, too; what it does to connections
//! is done at once: [`Proxy::cut`], [`Proxy::half_close`], [`Proxy::reset`]. A
//! [stormy](Proxy::stormy) one does all that by chance until somebody calls [calm](Proxy::calm).

mod carry;
mod conduct;
mod storm;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use steadfast_core::rng::{Random as _, SeededRandom};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use conduct::Conduct;

/// The proxy. It ends when it is dropped; the connections that are open then go on.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What every connection looks at.
#[derive(Debug)]
struct Shared {
    targets: Vec<SocketAddr>,
    conduct: watch::Sender<Conduct>,
    /// The last order to the connections that are open, and the number of orders.
    order: watch::Sender<(usize, Option<Order>)>,
    calm: watch::Sender<bool>,
    open: AtomicUsize,
    carried: AtomicUsize,
}

/// An order that each open connection carries out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Cut,
    HalfClose,
    Reset,
}

impl Proxy {
    /// A proxy that hands on what comes, until its conduct is changed. Connections go to the targets
    /// in turn; one that does not answer is passed over.
    ///
    /// # Errors
    ///
    /// If it cannot listen.
    pub async fn start(targets: impl Into<Vec<SocketAddr>>) -> io::Result<Self> {
        Self::start_with(targets.into(), None).await
    }

    /// A proxy that delays, truncates, drops, resets, swallows and refuses, by this seed and by
    /// nothing else.
    ///
    /// # Errors
    ///
    /// If it cannot listen.
    pub async fn stormy(target: SocketAddr, seed: u64) -> io::Result<Self> {
        Self::start_with(vec![target], Some(SeededRandom::new(seed))).await
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// How many connections there have been.
    #[must_use]
    pub fn carried(&self) -> usize {
        self.shared.carried.load(Ordering::Relaxed)
    }

    /// What it does to bytes from now on.
    pub fn behave(&self, conduct: Conduct) {
        self.shared.conduct.send_replace(conduct);
    }

    /// Mistreats nothing from now on. What it held is handed on.
    pub fn calm(&self) {
        self.behave(Conduct::default());
        self.shared.calm.send_replace(true);
    }

    /// Ends all connections as a peer does that is done, and loses what is under way.
    pub fn cut(&self) {
        self.order(Order::Cut);
    }

    /// Ends the way to the clients of all connections, and none of those to the servers.
    pub fn half_close(&self) {
        self.order(Order::HalfClose);
    }

    /// Ends all connections as a peer does that has died (RST).
    pub fn reset(&self) {
        self.order(Order::Reset);
    }

    async fn start_with(targets: Vec<SocketAddr>, storm: Option<SeededRandom>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            targets,
            conduct: watch::Sender::default(),
            order: watch::Sender::default(),
            calm: watch::Sender::default(),
            open: AtomicUsize::default(),
            carried: AtomicUsize::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared), storm));
        Ok(Self { address, shared, task })
    }

    fn order(&self, order: Order) {
        self.shared.order.send_modify(|(count, last)| {
            *count += 1;
            *last = Some(order);
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Dials the targets in turn, from the one whose turn it is on.
    async fn dial(&self, turn: usize) -> io::Result<TcpStream> {
        let mut refused = io::ErrorKind::NotFound.into();
        for offset in 0..self.targets.len() {
            let target = self.targets[(turn + offset) % self.targets.len()];
            match TcpStream::connect(target).await {
                Ok(server) => return Ok(server),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut storm: Option<SeededRandom>) {
    while let Ok((client, _)) = listener.accept().await {
        let turn = shared.carried.fetch_add(1, Ordering::Relaxed);
        shared.open.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(&shared);
        let fate = storm.as_mut().map(|seeds| SeededRandom::new(u64::from(seeds.next_u32())));
        tokio::spawn(async move {
            // Whatever goes wrong is what it is for.
            let _ = match fate {
                None => carry::carry(client, turn, &shared).await,
                Some(random) => storm::mistreat(client, turn, &shared, random).await,
            };
            shared.open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}
