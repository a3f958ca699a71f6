use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use steadfast_core::protocol::SUBPROTOCOL;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::control::{ControlError, Mode};
use super::server::Shared;
use super::{line, socket};

type Answer = Response<Full<Bytes>>;

pub(super) async fn answer(
    request: Request<Incoming>,
    slot: Arc<OwnedSemaphorePermit>,
    shared: Arc<Shared>,
) -> Result<Answer, Infallible> {
    let path = request.uri().path();
    let mut answer = match (request.method(), path) {
        (&Method::OPTIONS, _) => with_status(StatusCode::NO_CONTENT),
        (&Method::GET, "/") => upgrade(request, slot, shared).await,
        (&Method::GET, "/control") => json_answer(StatusCode::OK, &state(&shared)),
        (&Method::POST, "/control") => control(request, &shared).await,
        (&Method::POST, "/control/drop") => {
            json_answer(StatusCode::OK, &json!({ "dropped": shared.drop_all() }))
        }
        (method, "/") => refusal(&ControlError::Method(method.to_string(), "GET")),
        (method, "/control") => refusal(&ControlError::Method(method.to_string(), "GET and POST")),
        (method, "/control/drop") => refusal(&ControlError::Method(method.to_string(), "POST")),
        (_, path) => refusal(&ControlError::Path(path.chars().take(80).collect())),
    };
    allow_any_origin(answer.headers_mut());
    Ok(answer)
}

fn state(shared: &Shared) -> Value {
    let mode = *shared.mode().borrow();
    let (connections, echoed) = (shared.connections(), shared.echoed());
    let mut state = json!({ "mode": mode.as_str(), "connections": connections, "echoed": echoed });
    if let Mode::Delay(delay) = mode {
        state["delayMillis"] = json!(delay.as_secs_f64() * 1e3);
    }
    state
}

async fn control(request: Request<Incoming>, shared: &Shared) -> Answer {
    let body = Limited::new(request.into_body(), Mode::MAX_BYTES).collect().await;
    let mode = body
        .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => ControlError::TooLong,
            None => ControlError::Body(error.to_string()),
        })
        .and_then(|body| Mode::parse(&body.to_bytes()));
    match mode {
        Ok(mode) => {
            shared.set_mode(mode);
            json_answer(StatusCode::OK, &state(shared))
        }
        Err(error) => refusal(&error),
    }
}

/// Makes a WebSocket of the connection, as the mode allows.
async fn upgrade(
    mut request: Request<Incoming>,
    slot: Arc<OwnedSemaphorePermit>,
    shared: Arc<Shared>,
) -> Answer {
    let mut mode = shared.mode();
    let delay = line::until_open(&mut mode).await.unwrap_or_default();
    tokio::time::sleep(delay).await;
    if *mode.borrow() == Mode::Refuse {
        let message = "new connections are refused, as was asked for";
        return error_answer(StatusCode::SERVICE_UNAVAILABLE, "echo.refused", message);
    }
    let mut answer = match create_response_with_body(&request, Full::default) {
        Ok(answer) => answer,
        Err(error) => {
            let message = format!("not a WebSocket upgrade: {error}");
            return error_answer(StatusCode::BAD_REQUEST, "echo.upgrade", &message);
        }
    };
    let reliable = offers_protocol(request.headers());
    if reliable {
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        answer.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    tokio::spawn(serve(hyper::upgrade::on(&mut request), reliable, slot, shared));
    answer
}

async fn serve(
    upgrade: OnUpgrade,
    reliable: bool,
    slot: Arc<OwnedSemaphorePermit>,
    shared: Arc<Shared>,
) {
    // The client left before the answer reached it, or the connection is not one of ours.
    let Ok(upgraded) = upgrade.await else { return };
    let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<TcpStream>>() else { return };
    socket::serve(io.into_inner(), read_buf, reliable, &shared).await;
    drop(slot);
}

fn offers_protocol(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offers = offers.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
    offers.any(|offer| offer.trim() == SUBPROTOCOL)
}

fn allow_any_origin(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn refusal(error: &ControlError) -> Answer {
    error_answer(error.status(), error.code(), &error.to_string())
}

fn error_answer(status: StatusCode, code: &str, message: &str) -> Answer {
    json_answer(status, &json!({ "error": { "code": code, "message": message } }))
}

fn json_answer(status: StatusCode, body: &Value) -> Answer {
    let mut answer = with_status(status);
    *answer.body_mut() = Full::from(body.to_string());
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}

fn with_status(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}
