//! Clients that ask and do not read, against the program itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use crate::process::Process;

/// As many as stopped a collector once.
const ATTACKERS: usize = 8321;

/// How often each asks for the module at once.
const PIPELINED: usize = 32;

/// The most memory that the process may have taken at any time, in kB. Without limits it was more than
/// a gigabyte.
const MOST_MEMORY: u64 = 400 * 1024;

/// The path of a large file of the dashboard; nothing where it was not built, but not on CI.
fn large_file() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboard/dist/assets");
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = names.map(|file| file.file_name().into_string().unwrap());
    let module =
        names.into_iter().find(|name| Path::new(name).extension().is_some_and(|e| e == "wasm"));
    if module.is_none() {
        assert!(std::env::var_os("CI").is_none(), "the dashboard has to be built first");
        eprintln!("the dashboard is not built; this test is left out");
    }
    module.map(|name| format!("/assets/{name}"))
}

/// Connects from an address of the loopback network.
async fn connect(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// Asks whether the collector runs; the answer's status, and how long that took.
async fn ask_health(to: SocketAddr) -> std::io::Result<(String, Duration)> {
    let began = Instant::now();
    let mut stream = connect(Ipv4Addr::new(127, 0, 0, 9), to).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok((answer.lines().next().unwrap_or_default().to_owned(), began.elapsed()))
}

/// The most memory that a process has taken at any time, in kB.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_take_neither_the_memory_nor_the_places_of_others() {
    let Some(module) = large_file() else { return };
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path().join("steadfast.db")).await;
    let address: SocketAddr = process.url.trim_start_matches("http://").parse().unwrap();
    let request = format!("GET {module} HTTP/1.1\r\nhost: a\r\n\r\n").repeat(PIPELINED);
    let (request, opened) = (Arc::new(request), Arc::new(AtomicUsize::new(0)));
    let at_once = Arc::new(Semaphore::new(256));
    let attack = join_all((0..ATTACKERS).map(|_| {
        let (request, opened) = (Arc::clone(&request), Arc::clone(&opened));
        let at_once = Arc::clone(&at_once);
        tokio::spawn(async move {
            let turn = at_once.acquire().await;
            let mut stream = connect(Ipv4Addr::LOCALHOST, address).await.ok()?;
            // One that is refused may be closed by now.
            drop(stream.write_all(request.as_bytes()).await);
            drop(turn);
            opened.fetch_add(1, Ordering::Relaxed);
            Some(stream)
        })
    }));
    let probes = async {
        let mut longest = Duration::ZERO;
        let (mut after, mut refused) = (0, 0);
        while after < 10 {
            after += usize::from(opened.load(Ordering::Relaxed) == ATTACKERS);
            let asked = tokio::time::timeout(Duration::from_secs(20), ask_health(address)).await;
            let (status, took) = asked.expect("an answer comes").expect("the connection holds");
            // While all places are taken by those who came within the last quarter of a second.
            if status != "HTTP/1.1 200 OK" {
                refused += 1;
                assert!(refused < 20, "{status}");
                continue;
            }
            longest = longest.max(took);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        longest
    };
    let (attackers, longest) = tokio::join!(attack, probes);
    let attackers: Vec<_> = attackers.into_iter().map(|one| one.unwrap().unwrap()).collect();
    let peak = peak_memory(process.id());
    println!("{ATTACKERS} that do not read: /healthz within {longest:?}, {peak} kB at most");
    assert!(peak < MOST_MEMORY, "{peak} kB");
    drop(attackers);
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_off() {
    let Some(module) = large_file() else { return };
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path().join("steadfast.db")).await;
    let address: SocketAddr = process.url.trim_start_matches("http://").parse().unwrap();
    // A small window, so that little is on its way.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!("GET {module} HTTP/1.1\r\nhost: a\r\n\r\n").repeat(PIPELINED);
    stream.write_all(request.as_bytes()).await.unwrap();
    // Twice as long as it may take, and the collector has given up; what is left ends in an error.
    tokio::time::sleep(Duration::from_secs(20)).await;
    let mut read = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut read)).await;
    drop(ended.expect("the connection has ended"));
    let whole = std::fs::metadata(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboard/dist").join(&module[1..]),
    );
    let asked_for = whole.unwrap().len() * PIPELINED as u64;
    assert!((read.len() as u64) < asked_for / 2, "{} of {asked_for} bytes", read.len());
    process.kill().await;
}

/// An address of this machine that others see; none without a network.
fn outer_address() -> Option<Ipv4Addr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system only says where it would be sent from.
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    }
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_those_without_movement_make_room() {
    let Some(outer) = outer_address() else {
        eprintln!("this machine has no network; this test is left out");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--listen", "0.0.0.0:0", "--max-connections-per-address", "8"];
    let process = Process::start_with(folder.path().join("steadfast.db"), &flags).await;
    let port: u16 = process.url.rsplit(':').next().unwrap().parse().unwrap();
    let address = SocketAddr::from((outer, port));
    let get = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let status = async |stream: &mut TcpStream| {
        drop(stream.write_all(get).await);
        let mut answer = vec![0; 12];
        let read = stream.read_exact(&mut answer).await;
        read.map_or("closed".into(), |_| String::from_utf8(answer).unwrap())
    };
    let mut streams = Vec::new();
    for _ in 0..30 {
        streams.push(connect(outer, address).await.unwrap());
    }
    let mut statuses = Vec::new();
    for stream in &mut streams {
        statuses.push(status(stream).await);
    }
    let served = statuses.iter().filter(|status| *status == "HTTP/1.1 200").count();
    assert_eq!(served, 8, "{statuses:?}");
    let (answer, _) = ask_health((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
    assert_eq!(answer, "HTTP/1.1 200 OK", "others have places of their own");
    // After a moment the idle ones make room.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut late = connect(outer, address).await.unwrap();
    assert_eq!(status(&mut late).await, "HTTP/1.1 200");
    process.kill().await;
}
