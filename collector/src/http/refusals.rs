//! The log of refusals and failures: a line a second for each reason, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio_util::sync::CancellationToken;

use crate::auth::AuthError;
use crate::state::App;

/// What an answer says of itself to the log.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// The stable name of the reason.
    pub(super) code: &'static str,
    /// What is for the log and not for the client.
    pub(super) detail: Option<Arc<str>>,
}

/// The refusals that are not in the log yet, and the keys that are.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog {
    counted: Mutex<BTreeMap<&'static str, Counted>>,
    told: Mutex<Told>,
}

/// The keys that got a line of their own, with the reason.
#[derive(Debug, Default)]
struct Told {
    keys: BTreeSet<(&'static str, String)>,
    last_at: Option<Instant>,
}

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

/// Maximum number of keys that get a line of their own; the counts include all others.
const MAX_TOLD: usize = 1000;

impl RefusalLog {
    /// Notes a connection that was refused.
    pub(super) fn note_connection(&self, code: &'static str) {
        self.note(&Refused { code, detail: None }, StatusCode::SERVICE_UNAVAILABLE, "");
    }

    fn note(&self, refused: &Refused, status: StatusCode, path: &str) {
        let mut counted = self.lock();
        let before = counted.get(refused.code).map_or(0, |counted| counted.count);
        let path = path[..path.floor_char_boundary(MAX_PATH)].to_owned();
        let detail = refused.detail.clone();
        counted.insert(refused.code, Counted { count: before + 1, status, path, detail });
    }

    /// Logs that a key is refused, once for each key and reason: a program or a page has the wrong key,
    /// or names the wrong organisation, which an operator has to correct. At most one line a second, so
    /// that made-up keys do not fill the log.
    pub(super) fn tell_of_key(&self, refused: &AuthError, key: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let this = (refused.code(), key.to_owned());
        let is_too_soon = told.last_at.is_some_and(|at| at.elapsed() < INTERVAL);
        if told.keys.contains(&this) || is_too_soon || told.keys.len() >= MAX_TOLD {
            return;
        }
        told.keys.insert(this);
        told.last_at = Some(Instant::now());
        drop(told);
        let (code, reason) = (refused.code(), refused.to_string());
        tracing::warn!(code, key, reason, "a key is refused; this line comes once");
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
        let counted = std::mem::take(&mut *self.lock());
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

impl RefusalLog {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Counted>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes how a request is refused, by its path: a query may hold a ticket or a key.
pub(super) async fn note(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status();
    tracing::debug!(%method, path, status = status.as_u16(), took = ?began.elapsed(), "request");
    if let Some(refused) = response.extensions().get::<Refused>() {
        app.metrics.refused(refused.code);
        app.refusals.note(refused, status, &path);
    }
    response
}
