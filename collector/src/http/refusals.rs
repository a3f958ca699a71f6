//! The log of refusals and failures: a line a second for each reason, however many there are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio_util::sync::CancellationToken;

use crate::state::App;

/// What an answer says of itself to the log.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// The stable name of the reason.
    pub(super) code: &'static str,
    /// What is for the log and not for the client.
    pub(super) detail: Option<Arc<str>>,
}

/// The refusals that are not in the log yet.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog(Mutex<BTreeMap<&'static str, Counted>>);

#[derive(Debug)]
struct Counted {
    count: u64,
    /// Those of the last one.
    status: StatusCode,
    path: String,
    detail: Option<Arc<str>>,
}

/// How often they are written.
const INTERVAL: Duration = Duration::from_secs(1);

/// The longest part of a path that is written.
const MAX_PATH: usize = 200;

impl RefusalLog {
    fn note(&self, refused: &Refused, status: StatusCode, path: &str) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = counted.get(refused.code).map_or(0, |counted| counted.count);
        let path = path[..path.floor_char_boundary(MAX_PATH)].to_owned();
        let detail = refused.detail.clone();
        counted.insert(refused.code, Counted { count: before + 1, status, path, detail });
    }

    /// Writes what is counted every second, until `stop`.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(INTERVAL) => self.write(),
            }
        }
        self.write();
    }

    fn write(&self) {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (code, Counted { count, status, path, detail }) in counted {
            let (status, detail) = (status.as_u16(), detail.as_deref().unwrap_or_default());
            match status {
                500.. => tracing::warn!(code, status, count, path, detail, "requests failed"),
                // What is not there, as scanners ask for.
                404 | 405 => tracing::debug!(code, status, count, path, "requests refused"),
                _ => tracing::info!(code, status, count, path, detail, "requests refused"),
            }
        }
    }
}

/// Notes how a request is refused, by its path: a query may hold a ticket or a key.
pub(super) async fn note(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = std::time::Instant::now();
    let response = next.run(request).await;
    let status = response.status();
    tracing::debug!(%method, path, status = status.as_u16(), took = ?began.elapsed(), "request");
    if let Some(refused) = response.extensions().get::<Refused>() {
        app.metrics.refused(refused.code);
        app.refusals.note(refused, status, &path);
    }
    response
}
