//! Reports that nobody would send, made from ones that somebody does.

use std::collections::BTreeSet;
use std::io::Write as _;

use arbitrary::{Arbitrary, Unstructured};
use flate2::{Compression, write::GzEncoder};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use steadfast_collector::auth::KeyDigest;
use steadfast_collector::claim::Claim;
use steadfast_collector::fleet::{
    AcceptedReport, Filter, Fleet, FleetConfig, Order, Organization, ReportSource,
};
use steadfast_collector::read_report;
use steadfast_core::activity::Activity;
use steadfast_core::connection::Status;
use steadfast_core::health::Alerts;
use steadfast_core::manager::{QualityDistribution, StatusDistribution};
use steadfast_core::quality::Quality;
use steadfast_core::report::{Advice, Report};
use steadfast_core::time::Instant;

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    sent: Vec<Sent<'a>>,
    raw: &'a [u8],
}

/// One body, and how it comes.
#[derive(Arbitrary, Debug)]
struct Sent<'a> {
    form: Form,
    packed: bool,
    received_at: u64,
    told: Told<'a>,
    edits: Vec<Edit<'a>>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Form {
    Field,
    Json,
    Text,
}

/// The contents of a report that makes sense, or nearly.
#[derive(Arbitrary, Debug)]
struct Told<'a> {
    session: u8,
    user: Option<&'a str>,
    status: u8,
    quality: Option<u8>,
    latency: Option<f64>,
    start: u64,
    length: u32,
    sent_at: Option<u64>,
    counts: [u64; 7],
    buckets: Vec<(u8, u32)>,
    latencies: [f64; 3],
    events: Vec<(u64, Happened)>,
    sampling: f64,
    metadata: Vec<(&'a str, f64)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Happened {
    Disconnected(u16),
    Heartbeat(Option<f64>, u32),
    Quality(u8, f64),
    Registered,
    Success(u32, f64),
}

/// Something is done to some part of it.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Edit<'a> {
    part: u8,
    change: Change<'a>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Change<'a> {
    Add(&'a str),
    Integer(i64),
    Nest,
    Null,
    Number(f64),
    Remove,
    Repeat(u8),
    Text(&'a str),
}

/// A report is refused, or what it tells is finite, can be told again, and is counted as a naive
/// recount counts it.
///
/// # Panics
///
/// If not.
pub(crate) fn reports(bytes: &[u8]) {
    let Ok(Case { sent, raw }) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else {
        return;
    };
    drop(read_report(&headers(Form::Json, false), raw.to_vec().into()));
    drop(read_report(&headers(Form::Field, true), raw.to_vec().into()));
    let fleet = Fleet::new(FleetConfig { max_sessions: 4, ..FleetConfig::default() }).unwrap();
    let organization = fleet.organization(Instant::ORIGIN, &"default".parse().unwrap()).unwrap();
    let mut expected = Activity::default();
    let mut sessions = BTreeSet::new();
    let mut now = Instant::ORIGIN;
    for sent in sent.into_iter().take(20) {
        let (headers, body) = sent.request();
        let Ok(mut report) = read_report(&headers, body.into()) else { continue };
        round_trip(&report);
        now = now.max(Instant::from_millis(sent.received_at));
        let clock_skew = report.clock_skew(now);
        report.move_clock(clock_skew.unwrap_or_default());
        assert!(report.window.start <= report.window.end);
        let session_id = report.session.session_id.clone();
        let name = "default".parse().unwrap();
        let delivery = {
            let next_in = report.next_in(Advice::NONE);
            assert!(next_in <= Report::LONGEST_SILENCE);
            let claim = Claim::new(report.token.as_ref(), KeyDigest::of("pk_test"));
            AcceptedReport {
                organization: name,
                report,
                claim,
                received_at: now,
                clock_skew,
                next_in,
                source: ReportSource::default(),
                share: 1.0,
            }
        };
        if organization.observe(&delivery).is_ok() {
            organization.count(&delivery);
            expected.merge(&delivery.activity());
            sessions.insert(session_id);
        }
        recount(&organization, &expected, &sessions);
    }
    fleet.handle_timeout(now, false);
    let (_, events) = organization.judge_alerts(now, Alerts::default());
    finite(&serde_json::to_value(events).unwrap());
    finite(&serde_json::to_value(organization.metrics(now)).unwrap());
    finite(&serde_json::to_value(organization.health_summary(now)).unwrap());
}

/// What was read can be written and read again, and stays the same from then on.
fn round_trip(report: &Report) {
    assert_eq!(report.validate(), Ok(()));
    let told = |report: &Report| serde_json::to_value(report).unwrap();
    let text = told(report).to_string();
    // Only what is out of range becomes another.
    let again: Report = serde_json::from_str(&text).unwrap();
    let once_more: Report = serde_json::from_str(&told(&again).to_string()).unwrap();
    assert!(same(&told(&again), &told(&once_more)), "{text}\n{again:?}\n{once_more:?}");
    finite(&told(report));
}

/// Whether numbers are the same but for the last of their digits, and all else altogether.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 1e-12 * one.abs()
        }
        (Value::Object(one), Value::Object(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.all(|((name, one), (other_name, other))| {
                    name == other_name && same(one, other)
                })
        }
        _ => one == other,
    }
}

/// JSON has `null` for what is no number.
fn finite(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(finite),
        Value::Null => panic!("it is not finite"),
        Value::Object(members) => members.values().for_each(finite),
        _ => {}
    }
}

fn recount(organization: &Organization, expected: &Activity, sessions: &BTreeSet<String>) {
    let all = organization.select(&Filter::default(), Order::default(), 100, Vec::new());
    let page = organization.page(&all, 0, 100);
    let ids: BTreeSet<_> =
        page.connections.iter().map(|one| one.state.session_id.clone()).collect();
    assert_eq!((&ids, page.total), (sessions, sessions.len() as u64));
    let (totals, activity) = organization.totals();
    assert_eq!(activity, *expected);
    let (mut statuses, mut qualities) = <(StatusDistribution, QualityDistribution)>::default();
    for state in page.connections.iter().map(|one| &one.state) {
        *match state.status {
            Status::Connected => &mut statuses.connected,
            Status::Disconnected => &mut statuses.disconnected,
            Status::Failed => &mut statuses.failed,
            Status::Reconnecting => &mut statuses.reconnecting,
            Status::Suspended => &mut statuses.suspended,
        } += 1;
        if state.status == Status::Disconnected {
            continue;
        }
        *match state.connection_quality {
            Some(Quality::Critical) => &mut qualities.critical,
            Some(Quality::Poor) => &mut qualities.poor,
            Some(Quality::Good) => &mut qualities.good,
            Some(Quality::Excellent) => &mut qualities.excellent,
            None => &mut qualities.unknown,
        } += 1;
    }
    assert_eq!((totals.by_status, totals.by_quality), (statuses, qualities));
    let measured = page
        .connections
        .iter()
        .filter(|one| one.state.latency.is_some() && one.state.status != Status::Disconnected)
        .count();
    assert_eq!(totals.measured, measured as u64);
}

fn headers(form: Form, packed: bool) -> HeaderMap {
    let media_type = match form {
        Form::Field => "application/x-www-form-urlencoded",
        Form::Json => "application/json; charset=utf-8",
        Form::Text => "text/plain",
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

impl Sent<'_> {
    fn request(&self) -> (HeaderMap, Vec<u8>) {
        let mut report = self.told.json();
        for Edit { part, change } in self.edits.iter().take(8) {
            let mut left = usize::from(*part) % count(&report);
            nth(&mut report, &mut left, &|value| change.make(value));
        }
        let mut body = report.to_string().into_bytes();
        if let Form::Field = self.form {
            let field: String = form_urlencoded::byte_serialize(&body).collect();
            body = format!("report={field}").into_bytes();
        }
        if self.packed {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(&body).unwrap();
            body = packer.finish().unwrap();
        }
        (headers(self.form, self.packed), body)
    }
}

impl Told<'_> {
    fn json(&self) -> Value {
        let [heartbeats, missed, connects, lost, unplanned, failed, again] = self.counts;
        let [sum, min, max] = self.latencies;
        let mut session = json!({
            "sessionId": format!("s{}", self.session % 6),
            "organizationId": "default",
            "status": Status::ALL[usize::from(self.status) % 5].as_str(),
            "clientType": "fuzz",
            "reconnectAttempts": lost.to_le_bytes()[0],
            "missedHeartbeats": missed.to_le_bytes()[0],
            "totalDisconnections": again.to_le_bytes()[0],
            "connectedAt": self.start,
            "metadata": self.metadata.iter().map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect::<serde_json::Map<_, _>>(),
        });
        let mut optional = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                session[name] = value;
            }
        };
        optional("userId", self.user.map(Value::from));
        optional(
            "connectionQuality",
            self.quality.map(|quality| json!(QUALITIES[usize::from(quality) % 4])),
        );
        optional("latency", self.latency.map(|latency| json!(latency)));
        json!({
            "version": 1, "batchId": "b", "sdk": "fuzz/1", "session": session,
            "window": { "start": self.start, "end": self.start.saturating_add(self.length.into()) },
            "activity": {
                "heartbeats": heartbeats, "missedHeartbeats": missed, "connects": connects,
                "disconnections": lost, "unplannedDisconnections": unplanned,
                "failedAttempts": failed, "reconnections": again,
                "latency": { "scale": 3, "buckets": self.buckets, "sum": sum, "min": min, "max": max },
            },
            "events": self.events.iter().map(|(at, kind)| kind.json(*at)).collect::<Vec<_>>(),
            "eventsDropped": failed, "sampling": self.sampling, "sentAt": self.sent_at,
        })
    }
}

const QUALITIES: [&str; 4] = ["CRITICAL", "EXCELLENT", "GOOD", "POOR"];

impl Happened {
    fn json(self, at: u64) -> Value {
        match self {
            Self::Disconnected(code) => json!({
                "at": at, "name": "connection.disconnected", "planned": code % 2 == 0,
                "cause": { "kind": "closed_by_peer", "code": code },
            }),
            Self::Heartbeat(rtt, missed) => {
                json!({ "at": at, "name": "connection.heartbeat", "rtt": rtt, "missed": missed })
            }
            Self::Quality(to, score) => json!({
                "at": at, "name": "connection.quality.changed", "score": score,
                "to": QUALITIES[usize::from(to) % 4],
            }),
            Self::Registered => json!({ "at": at, "name": "connection.registered" }),
            Self::Success(attempt, took) => {
                json!({ "at": at, "name": "retry.success", "attempt": attempt, "took": took })
            }
        }
    }
}

impl Change<'_> {
    fn make(self, value: &mut Value) {
        *value = match (self, std::mem::take(value)) {
            (Self::Add(name), Value::Object(mut members)) => {
                members.insert(name.to_owned(), json!(0));
                Value::Object(members)
            }
            (Self::Remove, Value::Object(members)) => {
                Value::Object(members.into_iter().skip(1).collect())
            }
            (Self::Repeat(times), Value::Array(items)) => Value::Array(
                items.iter().cycle().take(items.len() * usize::from(times)).cloned().collect(),
            ),
            (Self::Integer(number), _) => json!(number),
            (Self::Nest, inner) => json!([inner]),
            (Self::Number(number), _) => json!(number),
            (Self::Text(text), _) => json!(text),
            (Self::Null, _) => Value::Null,
            (Self::Add(_) | Self::Remove | Self::Repeat(_), other) => other,
        };
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Calls back with the part of that index, depth first.
fn nth(value: &mut Value, left: &mut usize, change: &dyn Fn(&mut Value)) -> bool {
    if *left == 0 {
        change(value);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| nth(item, left, change)),
        Value::Object(members) => members.values_mut().any(|item| nth(item, left, change)),
        _ => false,
    }
}
