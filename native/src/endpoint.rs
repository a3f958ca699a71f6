use std::time::SystemTime;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use steadfast_core::report::{Advice, Report, ReporterInput};

use crate::failure::retry_after;
use crate::post::{Answer, Client};

/// Where reports are posted to, and how.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    client: Client,
    authorization: HeaderValue,
}

impl Endpoint {
    pub(crate) fn new(client: Client, authorization: HeaderValue) -> Self {
        Self { client, authorization }
    }

    /// Posts a report once, and gives the result.
    pub(crate) async fn post(self, report: Report) -> ReporterInput {
        let batch_id = report.batch_id.clone();
        let Ok(body) = serde_json::to_string(&report) else {
            return ReporterInput::Refused { batch_id };
        };
        let json = HeaderValue::from_static("application/json");
        let headers = [(AUTHORIZATION, self.authorization), (CONTENT_TYPE, json)];
        match self.client.post(HeaderMap::from_iter(headers), body).await {
            Ok(answer) => judge(&answer, batch_id),
            Err(error) => {
                tracing::debug!(%error, "report did not arrive");
                ReporterInput::Failed { batch_id, retry_after: None }
            }
        }
    }
}

fn judge(answer: &Answer, batch_id: String) -> ReporterInput {
    let status = answer.status;
    if status.is_success() {
        // A collector of an earlier version gives no advice.
        let advice = serde_json::from_slice(&answer.body).unwrap_or(Advice::NONE);
        return ReporterInput::Accepted { batch_id, advice };
    }
    tracing::debug!(%status, "report was not taken");
    let comes_too_early =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_client_error() && !comes_too_early.contains(&status) {
        return ReporterInput::Refused { batch_id };
    }
    let retry_after = retry_after(&answer.headers, SystemTime::now());
    ReporterInput::Failed { batch_id, retry_after }
}
