//! Plain HTTP to a server on this machine.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

/// A client of one server. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Http {
    origin: String,
    key: Option<String>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A request failed, or an answer was not what it should have been.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The answer is not JSON of the expected form.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The request cannot be made.
    #[error(transparent)]
    Request(#[from] hyper::http::Error),
    /// The server could not be reached.
    #[error(transparent)]
    Send(#[from] hyper_util::client::legacy::Error),
    /// The server refused.
    #[error("status {}: {}", .0.status, String::from_utf8_lossy(&.0.body))]
    Status(Box<Answer>),
    /// The answer broke off.
    #[error(transparent)]
    Truncated(#[from] hyper::Error),
}

impl Http {
    /// A client of the server at this address: `127.0.0.1:4700`.
    #[must_use]
    pub fn new(address: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { origin: format!("http://{address}"), key: None, client }
    }

    /// The same, authorised by this key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self.clone() }
    }

    /// The URL of this path on the server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Asks for what is at this path.
    ///
    /// # Errors
    ///
    /// If there is no answer. A status that says no is an answer.
    pub async fn get(&self, path: &str) -> Result<Answer, HttpError> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Posts this JSON.
    ///
    /// # Errors
    ///
    /// If there is no answer. A status that says no is an answer.
    pub async fn post(&self, path: &str, json: impl Into<Bytes>) -> Result<Answer, HttpError> {
        self.send(Method::POST, path, json.into()).await
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, HttpError> {
        let mut request = Request::builder().method(method).uri(self.url(path));
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let answer = self.client.request(request.body(Full::from(body))?).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

impl Answer {
    /// Reads the body, whatever the status.
    ///
    /// # Errors
    ///
    /// If it is not JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// This answer if the server agreed.
    ///
    /// # Errors
    ///
    /// If it did not.
    pub fn agreed(self) -> Result<Self, HttpError> {
        if self.status.is_success() { Ok(self) } else { Err(HttpError::Status(Box::new(self))) }
    }
}
