use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use steadfast_core::report::{Advice, Report, ReporterInput};

/// Where reports are posted to, and how.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    client: Client,
    url: Url,
    authorization: HeaderValue,
}

/// The most of an answer that is read: enough for any error that the collector gives.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

impl Endpoint {
    pub(crate) fn new(client: Client, url: Url, authorization: HeaderValue) -> Self {
        Self { client, url, authorization }
    }

    /// Posts a report once, and says what became of it.
    pub(crate) async fn post(self, report: Report) -> ReporterInput {
        let batch_id = report.batch_id.clone();
        let Ok(body) = serde_json::to_vec(&report) else {
            return ReporterInput::Refused { batch_id };
        };
        let request = self.client.post(self.url).body(body);
        let request = request
            .header(AUTHORIZATION, self.authorization)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match request.send().await {
            Ok(response) => judge(response, batch_id).await,
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "report did not arrive");
                ReporterInput::Failed { batch_id, retry_after: None }
            }
        }
    }
}

async fn judge(response: Response, batch_id: String) -> ReporterInput {
    let status = response.status();
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = seconds.and_then(|value| value.parse().ok()).map(Duration::from_secs);
    let answer = read(response).await;
    if status.is_success() {
        // A collector of an earlier version has no wishes.
        let advice = serde_json::from_slice(&answer).unwrap_or(Advice::NONE);
        return ReporterInput::Accepted { batch_id, advice };
    }
    tracing::debug!(%status, "report was not taken");
    let comes_too_early =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_client_error() && !comes_too_early.contains(&status) {
        ReporterInput::Refused { batch_id }
    } else {
        ReporterInput::Failed { batch_id, retry_after }
    }
}

/// Reads the answer to its end, so that the connection can be used again; of a long one only the
/// begin.
async fn read(mut response: Response) -> Vec<u8> {
    let mut answer = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if answer.len() + chunk.len() > MAX_ANSWER_BYTES {
            break;
        }
        answer.extend_from_slice(&chunk);
    }
    answer
}
