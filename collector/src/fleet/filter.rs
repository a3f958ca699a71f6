//! Which sessions are wanted.

use std::borrow::Cow;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::connection::{Metadata, MetadataValue, Status};
use steadfast_core::manager::{Liveness, SessionHealth};
use steadfast_core::quality::Quality;
use steadfast_core::time::Instant;

use super::session::{LastLoss, Session};

/// Which sessions are wanted. Each field that is set must hold; the values of one field are
/// alternatives, and an empty list is not set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The status. Stale sessions have none: what they were last is not what they are.
    pub status: Vec<Status>,
    /// Whether the session is there.
    pub liveness: Vec<Liveness>,
    /// The quality. Only live sessions have one.
    pub quality: Vec<QualityOrUnknown>,
    /// Whether a live session is healthy.
    pub health: Vec<SessionHealth>,
    /// A part of the session's id, the user or the client type, whatever the case.
    pub search: Option<String>,
    /// The client type.
    pub client_type: Vec<String>,
    /// Name and version of the client's package.
    pub sdk: Vec<String>,
    /// The cause of the last loss, by its name on the wire.
    pub cause: Vec<String>,
    /// The user.
    pub user: Vec<String>,
    /// Metadata by key. Numbers and truth values are compared as text; the empty text also stands for
    /// a session without this key.
    pub metadata: Vec<(String, Vec<String>)>,
    /// The least latency. Sessions without a latency are not wanted then.
    pub min_latency: Option<Duration>,
    /// The greatest latency. Sessions without a latency are not wanted then.
    pub max_latency: Option<Duration>,
    /// The last loss was at this instant or later.
    pub lost_since: Option<Instant>,
    /// The last loss was before this instant.
    pub lost_until: Option<Instant>,
}

/// A quality, or that too little is known to judge by.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names are those of `Quality`")]
pub enum QualityOrUnknown {
    Critical,
    Excellent,
    Good,
    Poor,
    /// Too little is known to judge by.
    Unknown,
}

/// What a session's record says, as far as it is filtered and ordered by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) session_id: &'a str,
    pub(super) user_id: Option<&'a str>,
    pub(super) client_type: &'a str,
    pub(super) status: Status,
    pub(super) liveness: Liveness,
    pub(super) quality: Option<Quality>,
    pub(super) latency: Option<Duration>,
    pub(super) metadata: &'a Metadata,
}

/// What is known of a session besides its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Besides<'a> {
    pub(super) sdk: Option<&'a str>,
    pub(super) last_loss: Option<LastLoss>,
    pub(super) heard_at: Instant,
    pub(super) first_heard: Instant,
}

impl Filter {
    /// Whether every session is wanted.
    #[must_use]
    pub fn wants_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the database is searched too, for sessions that made room for others: where it is asked
    /// for ended or stale ones, for a user, or for a time of the last loss. Otherwise the sessions in
    /// memory are meant, which every figure counts.
    #[must_use]
    pub fn reaches_store(&self) -> bool {
        let names = |liveness| self.liveness.contains(&liveness);
        let may_rest = self.liveness.is_empty() || names(Liveness::Ended) || names(Liveness::Stale);
        // Of those that rest none has a quality, and no other status.
        let may_have = self.status.is_empty() || self.status.contains(&Status::Disconnected);
        let asks = !self.liveness.is_empty()
            || !self.user.is_empty()
            || self.lost_since.is_some()
            || self.lost_until.is_some();
        asks && may_rest && may_have && self.quality.is_empty() && self.health.is_empty()
    }

    /// Whether a session is wanted.
    #[must_use]
    pub fn wants(&self, session: &Session) -> bool {
        self.wants_record(&session.record()) && self.wants_besides(&session.besides())
    }

    pub(super) fn wants_record(&self, record: &Record<'_>) -> bool {
        any(&self.liveness, |liveness| *liveness == record.liveness)
            && any(&self.status, |status| {
                record.liveness != Liveness::Stale && *status == record.status
            })
            && any(&self.quality, |quality| {
                record.liveness == Liveness::Live && *quality == record.quality.into()
            })
            && any(&self.health, |health| {
                SessionHealth::of(record.liveness, record.status, record.quality) == Some(*health)
            })
            && self.search.as_ref().is_none_or(|text| {
                let names = [Some(record.session_id), record.user_id, Some(record.client_type)];
                names.into_iter().flatten().any(|name| contains(name, text))
            })
            && any(&self.client_type, |client_type| client_type == record.client_type)
            && any(&self.user, |user| Some(user.as_str()) == record.user_id)
            && self.min_latency.is_none_or(|least| record.latency.is_some_and(|l| l >= least))
            && self.max_latency.is_none_or(|most| record.latency.is_some_and(|l| l <= most))
            && self.metadata.iter().all(|(key, values)| {
                let given = record.metadata.get(key).map_or(Cow::Borrowed(""), text_of);
                any(values, |value| *value == *given)
            })
    }

    pub(super) fn wants_besides(&self, besides: &Besides<'_>) -> bool {
        let lost_at = besides.last_loss.map(|loss| loss.at);
        any(&self.sdk, |sdk| Some(sdk.as_str()) == besides.sdk)
            && any(&self.cause, |cause| {
                besides.last_loss.is_some_and(|loss| loss.cause.as_str() == cause)
            })
            && self.lost_since.is_none_or(|since| lost_at.is_some_and(|at| at >= since))
            && self.lost_until.is_none_or(|until| lost_at.is_some_and(|at| at < until))
    }
}

impl QualityOrUnknown {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 5] =
        [Self::Critical, Self::Excellent, Self::Good, Self::Poor, Self::Unknown];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::Excellent => "EXCELLENT",
            Self::Good => "GOOD",
            Self::Poor => "POOR",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl From<Option<Quality>> for QualityOrUnknown {
    fn from(quality: Option<Quality>) -> Self {
        match quality {
            Some(Quality::Critical) => Self::Critical,
            Some(Quality::Excellent) => Self::Excellent,
            Some(Quality::Good) => Self::Good,
            Some(Quality::Poor) => Self::Poor,
            None => Self::Unknown,
        }
    }
}

/// A value of metadata as it is compared and counted.
pub(crate) fn text_of(value: &MetadataValue) -> Cow<'_, str> {
    match value {
        MetadataValue::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        MetadataValue::Number(number) => Cow::Owned(number.to_string()),
        MetadataValue::Text(text) => Cow::Borrowed(text),
    }
}

/// Whether a name contains a text, whatever the case.
fn contains(name: &str, text: &str) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    if !name.is_ascii() || !text.is_ascii() {
        return lower(name).contains(&lower(text));
    }
    // Nothing is allocated for the many names that are plain.
    let (name, text) = (name.as_bytes(), text.as_bytes());
    text.is_empty() || name.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

/// Whether one of these holds, or there are none.
fn any<T>(wanted: &[T], holds: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_searched_only_where_what_made_room_may_be_meant() {
        let reaches = |filter: Filter| filter.reaches_store();
        let (user, ended) = (vec!["ada".to_owned()], vec![Liveness::Ended]);
        assert!(!reaches(Filter::default()), "the figures count what is in memory");
        assert!(!reaches(Filter { sdk: user.clone(), ..Filter::default() }));
        assert!(!reaches(Filter { status: vec![Status::Disconnected], ..Filter::default() }));
        assert!(!reaches(Filter { liveness: vec![Liveness::Live], ..Filter::default() }));
        assert!(reaches(Filter { liveness: ended.clone(), ..Filter::default() }));
        assert!(reaches(Filter { user: user.clone(), ..Filter::default() }));
        assert!(reaches(Filter { lost_since: Some(Instant::ORIGIN), ..Filter::default() }));
        let quality = vec![QualityOrUnknown::Good];
        assert!(!reaches(Filter { user: user.clone(), quality, ..Filter::default() }));
        let status = vec![Status::Connected];
        assert!(!reaches(Filter { user, status, liveness: ended, ..Filter::default() }));
    }

    #[test]
    fn a_part_of_a_name_is_found_whatever_its_case() {
        assert!(contains("Web-Ada-7", "ada"));
        assert!(contains("web", ""));
        assert!(!contains("ad", "ada"));
        assert!(contains("ÉMILIE", "émi"));
        assert!(!contains("Emilie", "é"));
    }

    #[test]
    fn numbers_and_truth_values_are_compared_as_text() {
        let text = |value: MetadataValue| text_of(&value).into_owned();
        assert_eq!(text(7.0.into()), "7");
        assert_eq!(text(7.5.into()), "7.5");
        assert_eq!(text(true.into()), "true");
        assert_eq!(text("eu".into()), "eu");
    }
}
