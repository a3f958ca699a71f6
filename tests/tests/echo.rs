//! The echo server misbehaves as configured, and not otherwise.

use std::io;
use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use steadfast_tests::echo::EchoServer;
use steadfast_tests::http::{Http, HttpError};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Peer = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn whatever_is_sent_comes_back_in_order() -> Outcome {
    let server = Server::start().await?;
    let mut peer = server.connect().await?;
    let sent = [Message::text("one"), Message::binary(vec![0, 255]), Message::text("")];
    for message in &sent {
        peer.feed(message.clone()).await?;
    }
    peer.flush().await?;
    for message in sent {
        assert_eq!(receive(&mut peer).await?, message);
    }
    let state = server.state().await?;
    assert_eq!(state, json!({ "mode": "normal", "connections": 1, "echoed": 3 }));
    Ok(())
}

#[tokio::test]
async fn pings_of_both_kinds_are_answered() -> Outcome {
    let server = Server::start().await?;
    let mut peer = server.connect().await?;
    peer.send(Message::Ping(Bytes::from_static(b"1234"))).await?;
    assert_eq!(receive(&mut peer).await?, Message::Pong(Bytes::from_static(b"1234")));
    peer.send(Message::text(r#"{"steadfast":"ping","id":7}"#)).await?;
    assert_eq!(receive(&mut peer).await?, Message::text(r#"{"steadfast":"pong","id":7}"#));
    Ok(())
}

#[tokio::test]
async fn the_sub_protocol_is_accepted_when_it_is_offered() -> Outcome {
    let server = Server::start().await?;
    for (offer, accepted) in [("other, steadfast.v1", Some("steadfast.v1")), ("other", None)] {
        let mut request = server.ws().into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", offer.parse()?);
        // A library that offers protocols and is given none of them refuses: this one does.
        let protocol = connect_async(request).await.ok().and_then(|(_, answer)| {
            let protocol = answer.headers().get("sec-websocket-protocol")?;
            protocol.to_str().ok().map(String::from)
        });
        assert_eq!(protocol.as_deref(), accepted, "{offer}");
    }
    Ok(())
}

#[tokio::test]
async fn refuse_answers_503_to_new_connections_and_keeps_the_open_ones() -> Outcome {
    let server = Server::start().await?;
    let mut peer = server.connect().await?;
    server.set(json!({ "mode": "refuse" })).await?;
    let refused = server.connect().await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 503));
    peer.send(Message::text("still here")).await?;
    assert_eq!(receive(&mut peer).await?, Message::text("still here"));
    server.set(json!({ "mode": "normal" })).await?;
    server.connect().await?;
    Ok(())
}

#[tokio::test]
async fn drop_resets_every_connection_without_a_goodbye() -> Outcome {
    let server = Server::start().await?;
    let mut peers = [server.connect().await?, server.connect().await?];
    let dropped: Value = server.http.post("/control/drop", "").await?.json()?;
    assert_eq!(dropped, json!({ "dropped": 2 }));
    for peer in &mut peers {
        let end = peer.next().await;
        assert!(
            matches!(&end, Some(Err(Error::Io(error))) if error.kind() == io::ErrorKind::ConnectionReset),
            "{end:?}"
        );
    }
    server.connect().await?;
    Ok(())
}

#[tokio::test]
async fn a_black_hole_answers_nothing_and_gives_back_what_it_held() -> Outcome {
    let server = Server::start().await?;
    let mut peer = server.connect().await?;
    server.set(json!({ "mode": "blackhole" })).await?;
    peer.send(Message::Ping(Bytes::from_static(b"1"))).await?;
    peer.send(Message::text("2")).await?;
    let silence = Duration::from_millis(300);
    assert!(tokio::time::timeout(silence, peer.next()).await.is_err(), "it answered");
    assert!(tokio::time::timeout(silence, server.connect()).await.is_err(), "it let one in");
    server.set(json!({ "mode": "normal" })).await?;
    assert_eq!(receive(&mut peer).await?, Message::Pong(Bytes::from_static(b"1")));
    assert_eq!(receive(&mut peer).await?, Message::text("2"));
    Ok(())
}

#[tokio::test]
async fn delay_makes_messages_and_pongs_late_and_keeps_their_order() -> Outcome {
    let server = Server::start().await?;
    let mut peer = server.connect().await?;
    let delay = Duration::from_millis(300);
    let state = server.set(json!({ "mode": "delay", "delayMillis": 300 })).await?;
    assert_eq!(state["delayMillis"], 300.0);
    let began = Instant::now();
    peer.send(Message::text("1")).await?;
    peer.send(Message::Ping(Bytes::from_static(b"2"))).await?;
    peer.send(Message::text("3")).await?;
    assert_eq!(receive(&mut peer).await?, Message::text("1"));
    assert!(began.elapsed() >= delay);
    assert_eq!(receive(&mut peer).await?, Message::Pong(Bytes::from_static(b"2")));
    assert_eq!(receive(&mut peer).await?, Message::text("3"));
    Ok(())
}

#[tokio::test]
async fn a_bad_control_request_is_refused_and_changes_nothing() -> Outcome {
    let server = Server::start().await?;
    server.set(json!({ "mode": "refuse" })).await?;
    let too_long = format!(r#"{{"mode":"normal"{}}}"#, " ".repeat(1024));
    for (path, body, status, code) in [
        ("/control", "{", 400, "control.body"),
        ("/control", r#"{"mode":"explode"}"#, 400, "control.mode"),
        ("/control", r#"{"mode":"delay"}"#, 400, "control.delay"),
        ("/control", &too_long, 413, "control.too_long"),
        ("/controls", r#"{"mode":"normal"}"#, 404, "control.path"),
        ("/", r#"{"mode":"normal"}"#, 405, "control.method"),
    ] {
        let answer = server.http.post(path, body.to_owned()).await?;
        assert_eq!(answer.status, status, "{path} {body}");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let refusal: Value = answer.json()?;
        assert_eq!(refusal["error"]["code"], code, "{path} {body}");
        assert_eq!(server.state().await?["mode"], "refuse");
    }
    Ok(())
}

struct Server {
    address: String,
    http: Http,
}

impl Server {
    async fn start() -> io::Result<Self> {
        let server = EchoServer::bind(([127, 0, 0, 1], 0).into()).await?;
        let address = server.local_addr()?.to_string();
        tokio::spawn(server.serve());
        Ok(Self { http: Http::new(&address), address })
    }

    fn ws(&self) -> String {
        format!("ws://{}/", self.address)
    }

    // The error is the library's own.
    #[allow(clippy::result_large_err)]
    async fn connect(&self) -> Result<Peer, Error> {
        connect_async(self.ws()).await.map(|(peer, _)| peer)
    }

    async fn state(&self) -> Result<Value, HttpError> {
        self.http.get("/control").await?.agreed()?.json()
    }

    async fn set(&self, mode: Value) -> Result<Value, HttpError> {
        self.http.post("/control", mode.to_string()).await?.agreed()?.json()
    }
}

async fn receive(peer: &mut Peer) -> Result<Message, Box<dyn std::error::Error>> {
    Ok(peer.next().await.ok_or("the connection ended")??)
}
