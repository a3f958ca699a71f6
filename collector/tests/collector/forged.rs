//! A thousand forged reports from one key, and how little they move an organisation's figures.
//!
//! The same honest sessions report to an organisation for each way to forge, and to one that nobody
//! forges for: what differs is the forger's work.

mod forgers;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::Value;
use steadfast_collector::config::Database;
use steadfast_collector::{Clock, ClockReading, Config, SteadyClock};
use steadfast_core::activity::Activity;
use steadfast_core::quality::Quality;
use steadfast_core::report::{Advice, Report, ReportWindow};

use crate::postgres::TestDatabase;
use crate::support::{Keys, Running, create_keys_in, eventually, report};
use forgers::{FORGERS, Forger, record};

/// Honest sessions of each organisation.
const SESSIONS: u32 = 200;

const FORGED: u32 = 1000;

const SCRAPE_KEY: &str = "0123456789abcdef";

/// The figures of an organisation, of all collectors together.
struct Figures {
    activity: Activity,
    reports: u64,
    error_rate: f64,
    last_hour: Value,
    rows: BTreeMap<String, BTreeMap<String, Value>>,
    counters: BTreeMap<String, f64>,
}

/// Half a minute of an honest session: two heartbeats, and now and then a loss.
fn honest(number: u32, half: u64) -> Report {
    let mut report = report(&format!("s{number}"), "");
    report.session.connection_quality =
        Some(if number.is_multiple_of(10) { Quality::Poor } else { Quality::Good });
    record(&mut report, 2, Duration::from_millis(20 + u64::from(number)));
    if (u64::from(number) + half).is_multiple_of(50) {
        report.activity.disconnections = 1;
        report.activity.unplanned_disconnections = 1;
        report.activity.connects = 1;
        report.activity.reconnections = 1;
    }
    report
}

/// Collectors on one database, and their time.
struct Story {
    collectors: Vec<Running>,
    keys: BTreeMap<&'static str, Keys>,
    leaked: BTreeMap<&'static str, Keys>,
    now: &'static AtomicU64,
    batch: u64,
}

impl Story {
    async fn new(collectors: Vec<Running>, database: &Database, now: &'static AtomicU64) -> Self {
        let (mut keys, mut leaked) = (BTreeMap::new(), BTreeMap::new());
        for organization in organizations() {
            keys.insert(organization, create_keys_in(database, organization).await);
            leaked.insert(organization, create_keys_in(database, organization).await);
        }
        Self { collectors, keys, leaked, now, batch: 0 }
    }

    /// Hands in reports, each at another collector than the one before, many at a time.
    async fn post(&mut self, reports: Vec<(&Keys, &str, String, Report)>) {
        let now = Clock::start().now();
        let end = steadfast_core::time::Instant::from_millis(self.now.load(Ordering::Relaxed));
        let mut requests = Vec::new();
        for (keys, organization, address, mut report) in reports {
            self.batch += 1;
            report.batch_id = format!("b{}", self.batch);
            organization.clone_into(&mut report.session.organization_id);
            report.session.connected_at = Some(end);
            report.window = ReportWindow { start: end - Duration::from_secs(30), end };
            assert!(now >= end, "the story plays in the past");
            let at = usize::try_from(self.batch).unwrap() % self.collectors.len();
            let request = self.collectors[at].request(Method::POST, "/v1/reports");
            let request = request.bearer_auth(&keys.publishable).header("x-forwarded-for", address);
            requests.push(request.json(&report));
        }
        let send = |request: reqwest::RequestBuilder| async {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        };
        futures::stream::iter(requests).for_each_concurrent(50, send).await;
    }

    /// Every honest session reports twice to every organisation.
    async fn honest_minute(&mut self) {
        for half in 0..2 {
            let keys = self.keys.clone();
            let mut reports = Vec::new();
            for number in 0..SESSIONS {
                let address = format!("10.0.{}.{}", number / 250, number % 250);
                for organization in organizations() {
                    let report = honest(number, half);
                    reports.push((&keys[organization], organization, address.clone(), report));
                }
            }
            self.post(reports).await;
            self.now.fetch_add(30_000, Ordering::Relaxed);
        }
    }

    async fn forge(&mut self, forger: Forger) {
        let keys = if forger.has_key_of_its_own { &self.leaked } else { &self.keys };
        let keys = keys[forger.organization].clone();
        let mut reports = Vec::new();
        for number in 0..FORGED {
            let mut report = report("forged", "");
            "forged/1".clone_into(&mut report.sdk);
            report.sampling = Advice::LEAST_SAMPLING;
            (forger.forge)(&mut report, number);
            reports.push((&keys, forger.organization, (forger.address)(number), report));
        }
        self.post(reports).await;
    }

    /// Of the last minute of the clock, as a collector tells them.
    async fn figures(&self, collector: &Running, organization: &str) -> Figures {
        let keys = &self.keys[organization];
        let minute = self.now.load(Ordering::Relaxed) / 60_000 * 60_000;
        let from = minute - 60_000;
        let path = format!("/v1/rollups?from={from}&until={minute}");
        let rollup = collector.read_as(keys, &path).await["rollups"][0].clone();
        let mut rows = BTreeMap::new();
        for by in ["sdk", "clientType", "cause"] {
            let path = format!("/v1/breakdowns?by={by}&from={from}&until={minute}");
            let breakdown = collector.read_as(keys, &path).await;
            let of = |row: &Value| (row["value"].as_str().unwrap().to_owned(), row["now"].clone());
            rows.insert(
                by.to_owned(),
                breakdown["rows"].as_array().unwrap().iter().map(of).collect(),
            );
        }
        let health = collector.read_as(keys, "/v1/health").await;
        let mut counters = BTreeMap::new();
        for collector in &self.collectors {
            let scrape = collector.request(Method::GET, "/metrics").bearer_auth(SCRAPE_KEY);
            let text = scrape.send().await.unwrap().text().await.unwrap();
            let label = format!("{{organization=\"{organization}\"}} ");
            for (name, value) in text.lines().filter_map(|line| line.split_once(&label)) {
                if name.ends_with("_total") || name.ends_with("_count") {
                    *counters.entry(name.to_owned()).or_default() += value.parse::<f64>().unwrap();
                }
            }
        }
        Figures {
            activity: serde_json::from_value(rollup["activity"].clone()).unwrap(),
            reports: rollup["reports"].as_u64().unwrap(),
            error_rate: rollup["errorRate"].as_f64().unwrap(),
            last_hour: health["metrics"]["lastHour"].clone(),
            rows,
            counters,
        }
    }
}

fn organizations() -> impl Iterator<Item = &'static str> {
    FORGERS.iter().map(|forger| forger.organization).chain(["honest"])
}

fn configure(config: &mut Config) {
    config.trusted_proxies = "127.0.0.1".parse().unwrap();
    config.scrape_key = Some(SCRAPE_KEY.to_owned());
    // So that it is the weight alone that bounds a forger.
    config.new_sessions_per_key = 0;
    config.new_sessions_per_address = 0;
    config.reports_per_address = 0;
}

/// No figure of an organisation differs by more than `most` of what is counted in it.
fn assert_close(who: &str, most: f64, forged: &Figures, honest: &Figures) {
    let events = honest.activity.events() as f64;
    let counts = |activity: &Activity| {
        [
            activity.connects,
            activity.disconnections,
            activity.unplanned_disconnections,
            activity.failed_attempts,
            activity.heartbeats,
            activity.missed_heartbeats,
            activity.reconnections,
            activity.latency.count(),
        ]
    };
    let within = |what: &str, forged: f64, honest: f64, room: f64| {
        let moved = (forged - honest).abs();
        assert!(moved <= room * (1.0 + 1e-9), "{who}: {what} is {forged}, not {honest}");
    };
    for (index, (forged, honest)) in
        counts(&forged.activity).into_iter().zip(counts(&honest.activity)).enumerate()
    {
        within(&format!("count {index}"), forged as f64, honest as f64, most * events);
    }
    within("all events", forged.activity.events() as f64, events, most * events);
    within("reports", forged.reports as f64, honest.reports as f64, most * honest.reports as f64);
    within("the error rate", forged.error_rate, honest.error_rate, most);
    // A percentile moves by no more than that many percent of all.
    let latency = |figures: &Figures, p: f64| figures.activity.latency.percentile(p);
    for p in [0.5, 0.9, 0.95, 0.99] {
        let told = latency(forged, p);
        assert!(told >= latency(honest, p - most), "{who}: p{p} is {told:?}");
        assert!(p + most >= 1.0 || told <= latency(honest, p + most), "{who}: p{p} is {told:?}");
    }
    for (by, row) in [("sdk", "test/1"), ("clientType", "test"), ("cause", "unknown")] {
        let [mine, truth] = [forged, honest].map(|figures| &figures.rows[by][row]);
        let of = |row: &Value, field: &str| row[field].as_f64().unwrap();
        let reports = most * honest.reports as f64;
        within(by, of(mine, "reports"), of(truth, "reports"), reports);
        within(by, of(mine, "linksLost"), of(truth, "linksLost"), most * events);
        if by != "cause" {
            within(by, of(mine, "errorRate"), of(truth, "errorRate"), most);
        }
        let qualities = |row: &Value| {
            let quality = row["quality"].as_object().unwrap().clone();
            let all: f64 = quality.values().map(|count| count.as_f64().unwrap()).sum();
            quality.into_iter().map(move |(name, count)| (name, count.as_f64().unwrap() / all))
        };
        if by != "cause" {
            for ((name, mine), (_, truth)) in qualities(mine).zip(qualities(truth)) {
                within(&format!("{by}: {name}"), mine, truth, most);
            }
        }
    }
    for (name, truth) in &honest.counters {
        within(name, forged.counters[name], *truth, most * events);
    }
}

/// Honest reports of some minutes, forged ones in the last of them, and the figures after them.
async fn play(story: &mut Story) {
    story.honest_minute().await;
    story.honest_minute().await;
    for forger in FORGERS {
        story.forge(forger).await;
    }
    story.honest_minute().await;
    for forger in FORGERS {
        let notes = async |collector: &Running| {
            let keys = &story.keys[forger.organization];
            let shown = collector.read_as(keys, "/v1/organization").await;
            let refusals = shown["refusals"].as_array().unwrap().clone();
            let of = refusals.iter().filter(|note| note["code"] == forger.code);
            of.map(|note| note["count"].as_u64().unwrap()).sum::<u64>()
        };
        let mut reduced = 0;
        for collector in &story.collectors {
            reduced += notes(collector).await;
        }
        assert!(reduced > 800, "{}: {reduced} reports are counted less", forger.organization);
    }
}

/// Collectors that are sent forged reports at the same moment allow the share once each.
async fn assert_bounded(story: &Story) {
    let collectors = story.collectors.len() as f64;
    for collector in &story.collectors {
        let honest = story.figures(collector, "honest").await;
        assert_eq!((honest.reports, honest.activity.heartbeats), (400, 800));
        for forger in FORGERS {
            let forged = story.figures(collector, forger.organization).await;
            assert_close(forger.organization, collectors * forger.most, &forged, &honest);
        }
    }
}

/// What does not depend on when it is asked, of every organisation.
async fn told(story: &Story, collector: &Running) -> Vec<(Activity, u64, Value, String)> {
    let mut told = Vec::new();
    for organization in organizations() {
        let figures = story.figures(collector, organization).await;
        let rows = serde_json::to_string(&figures.rows).unwrap();
        told.push((figures.activity, figures.reports, figures.last_hour, rows));
    }
    told
}

/// A clock that stands still until it is moved, and began some minutes ago.
macro_rules! clock {
    () => {{
        static NOW: AtomicU64 = AtomicU64::new(0);
        static CLOCK: SteadyClock = SteadyClock::new(|| {
            let wall = Duration::from_millis(NOW.load(Ordering::Relaxed));
            ClockReading { monotonic: wall, wall }
        });
        NOW.store(Clock::start().now().as_millis() / 60_000 * 60_000 - 600_000, Ordering::Relaxed);
        (&NOW, Clock::of(&CLOCK))
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_forged_reports_move_no_figure_by_more_than_the_documented_share() {
    let (now, clock) = clock!();
    let collector = Running::start_with_and_by(configure, clock).await;
    let database = collector.database().into();
    let mut story = Story::new(vec![collector], &database, now).await;
    play(&mut story).await;
    assert_bounded(&story).await;
    let before = told(&story, &story.collectors[0]).await;
    // A restart keeps it, and what was learned of sessions and keys.
    story.collectors = vec![story.collectors.remove(0).restart().await];
    assert_eq!(told(&story, &story.collectors[0]).await, before);
    for forger in FORGERS.into_iter().filter(|forger| forger.code != "report.weight_address") {
        story.forge(forger).await;
    }
    story.honest_minute().await;
    let honest = story.figures(&story.collectors[0], "honest").await;
    for forger in FORGERS.into_iter().filter(|forger| forger.code != "report.weight_address") {
        let forged = story.figures(&story.collectors[0], forger.organization).await;
        assert_close(forger.organization, forger.most, &forged, &honest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_collectors_on_one_database_bound_forged_reports_together() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let (now, clock) = clock!();
    let with_database = |config: &mut Config| {
        configure(config);
        config.database = database.database();
    };
    let one = Running::start_with_and_by(with_database, clock).await;
    let other = one.beside().await;
    let mut story = Story::new(vec![one, other], &database.database(), now).await;
    play(&mut story).await;
    let [one, other] = &story.collectors[..] else { panic!("there are two") };
    let agree = async || told(&story, one).await == told(&story, other).await;
    eventually("both know the same", agree).await;
    assert_bounded(&story).await;
}
