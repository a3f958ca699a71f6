//! Messages as Slack's incoming webhooks take them.

use serde_json::{Value, json};

use super::message::Body;
use super::words::summary;

/// The message. What has a meaning in Slack's markup is escaped.
pub(super) fn payload(body: &Body) -> Value {
    let mut text = escaped(&summary(body));
    if let Some(link) = &body.data.link {
        let link = escaped(link).replace('|', "%7C");
        text = format!("{text}\n<{link}|Show the sessions>");
    }
    json!({ "text": text })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
