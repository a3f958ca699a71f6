//! Which sessions a request asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use steadfast_core::connection::Status;
use steadfast_core::manager::{Liveness, SessionHealth};
use steadfast_core::time::Instant;

use crate::fleet::{Filter, Order, QualityOrUnknown, SortBy};
use crate::http::error::ApiError;
use crate::http::openapi::{Asks, Operation};
use crate::http::params::{MALFORMED, out_of_range};

/// The sessions of the request. `M` is the most sessions in one answer.
#[derive(Debug, Default)]
pub(in crate::http) struct ConnectionQuery<const M: usize> {
    pub(super) filter: Filter,
    pub(super) order: Order,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

/// The most sessions that may be passed over.
pub(super) const MAX_OFFSET: usize = 100_000;

/// The most values of all filters together.
const MAX_VALUES: usize = 100;

/// The longest value, in bytes: a text of metadata.
const MAX_VALUE: usize = 256;

const METADATA: &str = "metadata.";

/// The parameters, as the `OpenAPI` document has them.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[allow(dead_code, reason = "says what the parameters look like, and is never made")]
struct Parameters {
    /// Only sessions whose last link was lost for one of these causes.
    #[schemars(with = "Option<Vec<String>>")]
    cause: Option<Vec<String>>,
    /// Only sessions of these client types.
    client_type: Option<Vec<String>>,
    /// Only live sessions that are healthy in one of these ways.
    health: Option<Vec<SessionHealth>>,
    /// Maximum number of sessions in the answer.
    #[schemars(range(min = 1))]
    limit: Option<usize>,
    /// Only sessions that are there in one of these ways. With `ENDED` or `STALE` the sessions are
    /// found too that made room in memory.
    liveness: Option<Vec<Liveness>>,
    /// Only sessions whose last link was lost at this instant or later.
    lost_since: Option<Instant>,
    /// Only sessions whose last link was lost before this instant.
    lost_until: Option<Instant>,
    /// Only sessions with at most this latency, in milliseconds.
    #[schemars(range(min = 0))]
    max_latency: Option<f64>,
    /// Only sessions with one of these values under a key of their metadata, such as
    /// `metadata.region=eu,us`. Without a value: sessions without the key.
    metadata: MetadataFilter,
    /// Only sessions with at least this latency, in milliseconds.
    #[schemars(range(min = 0))]
    min_latency: Option<f64>,
    /// Number of sessions to skip before the first one in the answer.
    #[schemars(range(max = MAX_OFFSET))]
    offset: Option<usize>,
    /// Only live sessions of one of these qualities.
    quality: Option<Vec<QualityOrUnknown>>,
    /// Only sessions of clients of these versions.
    sdk: Option<Vec<String>>,
    /// Only sessions of whose id, user or client type this is a part, whatever the case. Sessions that
    /// made room in memory are not searched for it.
    search: Option<String>,
    /// The order, reversed by a `-` before it: `lastHeard` (the default), `registered` and `lastLoss`
    /// begin with the newest, `latency` with the greatest, `quality` with the worst, `sessionId`
    /// with A. Sessions that have none come last in both directions.
    sort: SortName,
    /// Only sessions of one of these statuses. Stale sessions have none.
    status: Option<Vec<Status>>,
    /// Only sessions of these users.
    user: Option<Vec<String>>,
}

/// In a query each property is a parameter of its own.
struct MetadataFilter;

impl JsonSchema for MetadataFilter {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MetadataFilter".into()
    }

    fn _schemars_private_is_option() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": { "^metadata\\..+$": { "type": "string" } },
            "additionalProperties": false,
        })
    }
}

/// The name of an order.
struct SortName;

impl JsonSchema for SortName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SortName".into()
    }

    fn _schemars_private_is_option() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = SortBy::ALL.map(SortBy::as_str);
        let names = names.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]);
        json_schema!({ "type": "string", "enum": names.collect::<Vec<_>>() })
    }
}

impl<const M: usize, S: Send + Sync> FromRequestParts<S> for ConnectionQuery<M> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl<const M: usize> JsonSchema for ConnectionQuery<M> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ConnectionQuery".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Parameters::json_schema(generator);
        let limit = schema.pointer_mut("/properties/limit");
        limit.into_iter().for_each(|limit| limit["maximum"] = M.into());
        schema
    }
}

impl<const M: usize> Asks for ConnectionQuery<M> {
    fn describe(operation: &mut Operation) {
        operation.asks_in_query::<Self>();
        operation.refuses(400, &[MALFORMED, crate::http::params::OUT_OF_RANGE]);
    }
}

impl<const M: usize> ConnectionQuery<M> {
    /// Reads a query. Of a parameter that stands there twice, lists are joined, and of anything else
    /// the last one counts.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut asked = Self::default();
        let mut metadata: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut values = 0;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let filter = &mut asked.filter;
            let list = |texts: &mut Vec<String>| -> Result<(), ApiError> {
                texts.extend(listed(&name, &value)?);
                Ok(())
            };
            match &*name {
                "cause" => list(&mut filter.cause)?,
                "clientType" => list(&mut filter.client_type)?,
                "sdk" => list(&mut filter.sdk)?,
                "user" => list(&mut filter.user)?,
                "liveness" => {
                    let known = Liveness::ALL.map(|one| (one.as_str(), one));
                    filter.liveness.extend(named(&name, &value, &known)?);
                }
                "quality" => {
                    let known = QualityOrUnknown::ALL.map(|one| (one.as_str(), one));
                    filter.quality.extend(named(&name, &value, &known)?);
                }
                "status" => {
                    let known = Status::ALL.map(|one| (one.as_str(), one));
                    filter.status.extend(named(&name, &value, &known)?);
                }
                "health" => {
                    let known = SessionHealth::ALL.map(|one| (one.as_str(), one));
                    filter.health.extend(named(&name, &value, &known)?);
                }
                "search" => {
                    let texts = listed(&name, &value)?;
                    // One text, in which a comma is no alternative.
                    filter.search = Some(texts.join(",")).filter(|text| !text.is_empty());
                }
                "lostSince" => filter.lost_since = Some(instant(&name, &value)?),
                "lostUntil" => filter.lost_until = Some(instant(&name, &value)?),
                "maxLatency" => filter.max_latency = Some(millis(&name, &value)?),
                "minLatency" => filter.min_latency = Some(millis(&name, &value)?),
                "limit" => asked.limit = Some(number(&name, &value, 1, M)?),
                "offset" => asked.offset = number(&name, &value, 0, MAX_OFFSET)?,
                "sort" => asked.order = order(&value)?,
                _ => match name.strip_prefix(METADATA).filter(|key| !key.is_empty()) {
                    Some(key) => list(metadata.entry(key.to_owned()).or_default())?,
                    None => return Err(unknown(&name)),
                },
            }
            values += 1 + value.matches(',').count();
            if values > MAX_VALUES {
                let message = format!("the query has more than {MAX_VALUES} values");
                return Err(out_of_range(format!("{message}; allowed are {MAX_VALUES}")));
            }
        }
        asked.filter.metadata = metadata.into_iter().collect();
        Ok(asked)
    }
}

fn malformed(message: String) -> ApiError {
    ApiError::bad_request(MALFORMED, message)
}

fn unknown(name: &str) -> ApiError {
    malformed(format!(
        "there is no parameter {name:?}; allowed are cause, clientType, health, limit, liveness, lostSince, \
         lostUntil, maxLatency, metadata.KEY, minLatency, offset, quality, sdk, search, sort, status, user"
    ))
}

/// The values of a list, with commas between them. A comma or backslash within a value has a
/// backslash before it.
fn listed(name: &str, text: &str) -> Result<Vec<String>, ApiError> {
    let mut values = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            ',' => {
                values.push(String::new());
                continue;
            }
            // One at the end stands for itself.
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        values.last_mut().into_iter().for_each(|value| value.push(literal));
    }
    if let Some(long) = values.iter().find(|value| value.len() > MAX_VALUE) {
        let length = long.len();
        return Err(out_of_range(format!(
            "a value of {name} has {length} bytes; allowed are {MAX_VALUE}"
        )));
    }
    Ok(values)
}

/// The values of a list of names.
fn named<T: Copy>(name: &str, text: &str, known: &[(&str, T)]) -> Result<Vec<T>, ApiError> {
    let find = |text: &str| {
        let found = known.iter().find(|(known, _)| *known == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let allowed: Vec<_> = known.iter().map(|(known, _)| *known).collect();
            malformed(format!("{name} is {text:?}; allowed are {}", allowed.join(", ")))
        })
    };
    text.split(',').map(find).collect()
}

fn order(text: &str) -> Result<Order, ApiError> {
    let name = text.strip_prefix('-').unwrap_or(text);
    let by = SortBy::ALL.into_iter().find(|by| by.as_str() == name).ok_or_else(|| {
        let allowed = SortBy::ALL.map(SortBy::as_str).join(", ");
        malformed(format!("sort is {text:?}; allowed are {allowed}, each also with - before it"))
    })?;
    Ok(Order { by, is_reversed: name != text })
}

fn number(name: &str, text: &str, least: usize, most: usize) -> Result<usize, ApiError> {
    let number: u64 = text
        .parse()
        .map_err(|_| malformed(format!("{name} is {text:?}; allowed is a whole number")))?;
    let number = usize::try_from(number).ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| out_of_range(format!("{name} is {text}; allowed is {least} to {most}")))
}

fn instant(name: &str, text: &str) -> Result<Instant, ApiError> {
    let allowed = "milliseconds since the Unix epoch, as a whole number";
    let millis: Option<u64> = text.parse().ok().filter(|millis| i64::try_from(*millis).is_ok());
    let millis =
        millis.ok_or_else(|| malformed(format!("{name} is {text:?}; allowed are {allowed}")))?;
    Ok(Instant::from_millis(millis))
}

fn millis(name: &str, text: &str) -> Result<Duration, ApiError> {
    let millis: Option<f64> = text.parse().ok();
    let latency = millis.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok());
    latency.ok_or_else(|| {
        malformed(format!("{name} is {text:?}; allowed are milliseconds, 0 or more"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Query = ConnectionQuery<1000>;

    fn refused(query: &str) -> (&'static str, String) {
        let refused = Query::parse(query).unwrap_err();
        (refused.code(), refused.message().to_owned())
    }

    #[test]
    fn the_values_of_a_filter_are_alternatives_and_a_comma_can_be_escaped() {
        let asked = Query::parse("user=ada,bob&user=c%5C,d&status=CONNECTED,FAILED").unwrap();
        assert_eq!(asked.filter.user, ["ada", "bob", "c,d"]);
        assert_eq!(asked.filter.status, [Status::Connected, Status::Failed]);
        let asked = Query::parse("metadata.region=eu,us&metadata.plan=").unwrap();
        let expected = [("plan", vec![""]), ("region", vec!["eu", "us"])];
        let metadata: Vec<_> = asked
            .filter
            .metadata
            .iter()
            .map(|(key, values)| {
                (key.as_str(), values.iter().map(String::as_str).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(metadata, expected);
    }

    #[test]
    fn an_order_is_reversed_by_a_sign_before_it() {
        let order = |query| Query::parse(query).unwrap().order;
        assert_eq!(order(""), Order { by: SortBy::LastHeard, is_reversed: false });
        assert_eq!(order("sort=-latency"), Order { by: SortBy::Latency, is_reversed: true });
    }

    #[test]
    fn a_value_that_is_not_allowed_is_refused_with_those_that_are() {
        let (code, message) = refused("status=ASLEEP");
        assert_eq!(code, "query.malformed");
        assert!(message.starts_with("status is \"ASLEEP\"; allowed are CONNECTED, "), "{message}");
        let (code, message) = refused("limit=1001");
        assert_eq!(code, "query.out_of_range");
        assert_eq!(message, "limit is 1001; allowed is 1 to 1000");
        assert_eq!(refused("limit=0").0, "query.out_of_range");
        assert_eq!(refused("offset=100001").0, "query.out_of_range");
        for query in
            ["limit=x", "minLatency=-1", "lostSince=1.5", "sort=age", "colour=red", "metadata.=x"]
        {
            assert_eq!(refused(query).0, "query.malformed", "{query}");
        }
        assert_eq!(refused(&format!("user={}", ",".repeat(100))).0, "query.out_of_range");
        assert_eq!(refused(&format!("user={}", "x".repeat(257))).0, "query.out_of_range");
    }
}
