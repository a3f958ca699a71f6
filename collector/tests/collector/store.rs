//! The store by itself: the same tests on `SQLite` and on `PostgreSQL`.

use std::time::Duration;

use steadfast_collector::Clock;
use steadfast_collector::alerts::{AlertBook, HistoryQuery, PublicUrl};
use steadfast_collector::audit::Actor;
use steadfast_collector::auth::{Key, KeyDigest, KeyKind, KeyPolicy, OrganizationId};
use steadfast_collector::fleet::AcceptedReport;
use steadfast_collector::store::{AlertsUpdate, Outcome, Store, StoredAlerts, StoredTicket};
use steadfast_core::activity::Activity;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::{AlertState, Alerts, HealthConfig, HealthMonitor};
use steadfast_core::manager::{ConnectionManager, ManagerConfig};
use steadfast_core::quality::Quality;
use steadfast_core::report::ReportToken;
use steadfast_core::time::Instant;

use crate::postgres::TestDatabase;
use crate::support::{accepted, earlier, report, report_of_losses};

/// Makes a test of each function, for each database.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let database = folder.path().join("a.db").into();
                let store = super::Store::open(&database).await.unwrap();
                super::$name(&store).await;
                store.close().await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(database) = super::TestDatabase::new().await else {
                    return;
                };
                let store = super::Store::open(&database.database()).await.unwrap();
                super::$name(&store).await;
                store.close().await;
            })*
        }
    };
}

on_both! {
    a_report_is_stored_once
    the_newest_record_of_a_session_is_kept
    commits_are_numbered_without_a_gap_and_can_be_followed
    first_keys_are_made_once
    a_replaced_key_expires_and_its_successor_has_its_terms
    minutes_merge_by_addition_and_a_sampled_report_counts_for_all
    a_session_has_a_time_line
    a_session_is_of_the_first_token_that_is_shown_also_within_one_commit
    what_is_too_old_is_removed
    a_text_with_any_letter_is_stored
    alerts_follow_those_of_their_revision_or_are_not_written
    tickets_are_bounded_taken_once_and_make_room_when_they_are_old
}

fn acme() -> OrganizationId {
    "acme".parse().unwrap()
}

fn now() -> Instant {
    Clock::start().now()
}

async fn stored(store: &Store, deliveries: &[AcceptedReport]) -> Vec<Outcome> {
    let deliveries: Vec<&AcceptedReport> = deliveries.iter().collect();
    store.store_reports(&deliveries).await.unwrap().outcomes
}

async fn organized(store: &Store) {
    store.add_keys(now(), &acme(), &[], &Actor::command()).await.unwrap();
}

async fn a_report_is_stored_once(store: &Store) {
    organized(store).await;
    let batch = |batch: &str| accepted(report("s1", batch), now());
    let together = stored(store, &[batch("b1"), batch("b2"), batch("b1")]).await;
    assert_eq!(together, [Outcome::Stored, Outcome::Stored, Outcome::Duplicate]);
    assert_eq!(
        stored(store, &[batch("b2"), batch("b3")]).await,
        [Outcome::Duplicate, Outcome::Stored]
    );
}

async fn the_newest_record_of_a_session_is_kept(store: &Store) {
    organized(store).await;
    let at = now();
    let second = Duration::from_secs(1);
    let newer = accepted(report_of_losses("s1", "b1", 2), at);
    let newer = AcceptedReport { clock_skew: Some(7000), ..newer };
    let older = accepted(earlier(report_of_losses("s1", "b2", 1), 60 * second), at + second);
    stored(store, std::slice::from_ref(&newer)).await;
    stored(store, &[older]).await;
    let known = store.sessions(10).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].state.total_disconnections, known[0].clock_skew), (2, Some(7000)));
    assert_eq!(known[0].as_of.as_millis(), newer.as_of().as_millis());
    assert_eq!(known[0].heard_at.as_millis(), (at + second).as_millis());
}

async fn commits_are_numbered_without_a_gap_and_can_be_followed(store: &Store) {
    organized(store).await;
    for number in 1..=3_u32 {
        let report = report_of_losses("s1", &format!("b{number}"), number);
        let commit = store.store_reports(&[&accepted(report, now())]).await.unwrap();
        assert_eq!(commit.revision, u64::from(number));
    }
    assert_eq!(store.revision().await.unwrap(), 3);
    let followed = store.follow(1, 3).await.unwrap();
    let losses: Vec<u64> = followed.iter().map(|one| one.activity.disconnections).collect();
    assert_eq!(losses, [2, 3]);
    assert!(followed.iter().all(|one| one.session.state.total_disconnections == 3));
}

async fn first_keys_are_made_once(store: &Store) {
    let keys = [Key::generate(KeyKind::Secret).unwrap()];
    let acme = acme();
    let (first, again) = tokio::join!(
        store.add_first_keys(now(), &acme, &keys),
        store.add_first_keys(now(), &acme, &keys),
    );
    assert!(first.unwrap() ^ again.unwrap(), "one of two makes them");
    assert_eq!(store.keys(&acme).await.unwrap().len(), 1);
    assert_eq!(store.key(&keys[0].digest()).await.unwrap().unwrap().kind, KeyKind::Secret);
}

async fn a_replaced_key_expires_and_its_successor_has_its_terms(store: &Store) {
    let [old, new] = [0; 2].map(|_| Key::generate(KeyKind::Publishable).unwrap());
    let terms = KeyPolicy {
        name: "site".to_owned(),
        origins: vec!["https://app.example".into()],
        per_minute: 7,
    };
    store.add_keys(now(), &acme(), &[(&old, &terms)], &Actor::command()).await.unwrap();
    let known = store.key(&old.digest()).await.unwrap().unwrap();
    assert_eq!((&known.terms, known.expires_at), (&terms, None));
    let until = Instant::from_millis(now().as_millis() + 60_000);
    store.replace_key(now(), &known, &new, until, &Actor::command()).await.unwrap();
    let old = store.key(&old.digest()).await.unwrap().unwrap();
    assert_eq!(old.expires_at, Some(until));
    let new = store.key(&new.digest()).await.unwrap().unwrap();
    assert_eq!((&new.terms, new.expires_at), (&terms, None));
    store
        .expire_key(&acme(), &new.id, until + Duration::from_secs(1), &Actor::command())
        .await
        .unwrap();
    store.expire_key(&"other".parse().unwrap(), &new.id, until, &Actor::command()).await.unwrap();
    let new = store.key(&new_digest(&new, store).await).await.unwrap().unwrap();
    assert_eq!(new.expires_at, Some(until + Duration::from_secs(1)), "only its own organisation's");
}

/// A key is found by its digest only: the one of the key that was made last.
async fn new_digest(new: &steadfast_collector::store::StoredKey, store: &Store) -> KeyDigest {
    assert!(store.keys(&acme()).await.unwrap().iter().any(|key| key.id == new.id));
    new.digest
}

async fn minutes_merge_by_addition_and_a_sampled_report_counts_for_all(store: &Store) {
    organized(store).await;
    let minute = Instant::from_millis(now().as_millis() / 60_000 * 60_000);
    let told = |batch: &str, at: Instant, latency: u64, sampling: f64| {
        let mut report = report("s1", batch);
        report.window.start = at;
        report.window.end = at;
        report.sampling = sampling;
        report.activity.heartbeats = 1;
        report.activity.latency.record(Duration::from_millis(latency));
        accepted(report, at)
    };
    let (ten, hundred) = (minute + Duration::from_secs(10), minute + Duration::from_secs(70));
    stored(store, &[told("b1", ten, 10, 1.0), told("b1", ten, 10, 1.0)]).await;
    stored(store, &[told("b2", ten, 20, 0.25), told("b3", hundred, 30, 1.0)]).await;
    let until = minute + Duration::from_mins(2);
    let rollups = store.rollups(&acme(), minute, until, 1).await.unwrap();
    let counts: Vec<_> = rollups.iter().map(|one| (one.reports, one.activity.heartbeats)).collect();
    assert_eq!(counts, [(2, 5), (1, 1)]);
    let median = rollups[0].activity.latency.percentile(0.5).unwrap().as_secs_f64();
    assert!((median / 0.020 - 1.0).abs() < 0.05, "four of five took 20 ms: {median}");
    let day = store.rollups(&acme(), minute, until, 1440).await.unwrap();
    assert_eq!((day.iter().map(|one| one.activity.heartbeats).sum::<u64>()), 6);
}

async fn a_session_has_a_time_line(store: &Store) {
    organized(store).await;
    for (batch, age) in [("b1", 20), ("b2", 10), ("b3", 0)] {
        let mut report = earlier(report("s1", batch), Duration::from_secs(age));
        let at = Instant::from_millis(report.window.end.as_millis());
        report.events = vec![Event { at, kind: EventKind::Registered }];
        stored(store, &[AcceptedReport { clock_skew: Some(-5), ..accepted(report, now()) }]).await;
    }
    let all = store.told_events(&acme(), "s1", now() + Duration::from_secs(1), 2).await.unwrap();
    let batches: Vec<_> = all.iter().map(|told| told.batch_id.as_str()).collect();
    assert_eq!(batches, ["b3", "b2"]);
    assert_eq!((all[0].events.len(), all[0].clock_skew), (1, Some(-5)));
    let rest = store.told_events(&acme(), "s1", all[1].window_end, 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].batch_id.as_str()), (1, "b1"));
    let other = store.told_events(&"other".parse().unwrap(), "s1", now(), 9).await.unwrap();
    assert!(other.is_empty(), "another organisation sees nothing");
}

async fn what_is_too_old_is_removed(store: &Store) {
    organized(store).await;
    let hour = Duration::from_hours(1);
    stored(
        store,
        &[
            accepted(earlier(report("old", "b1"), 2 * hour), now() - 2 * hour),
            accepted(report("new", "b2"), now()),
        ],
    )
    .await;
    assert_eq!(store.remove_reports(now() - hour, 10).await.unwrap(), 1);
    assert_eq!(store.remove_stale_sessions(now(), now() - hour, 10).await.unwrap(), 1);
    assert_eq!(store.remove_rollups(now() - hour, 10).await.unwrap(), 1);
    let known = store.sessions(10).await.unwrap();
    assert_eq!((known.len(), known[0].state.session_id.as_str()), (1, "new"));
}

async fn a_text_with_any_letter_is_stored(store: &Store) {
    organized(store).await;
    let mut report = report("s1", "b1");
    report.session.session_id = "\u{1f99c} \u{fffd} '\"; DROP".into();
    stored(store, &[accepted(report.clone(), now())]).await;
    assert_eq!(store.sessions(1).await.unwrap()[0].state.session_id, report.session.session_id);
}

async fn alerts_follow_those_of_their_revision_or_are_not_written(store: &Store) {
    organized(store).await;
    assert_eq!(store.alerts(&acme()).await.unwrap(), StoredAlerts::default());
    let alerts = firing_alerts();
    let update = |after, alerts: &Alerts| {
        let alerts = alerts.clone();
        [AlertsUpdate {
            organization: acme(),
            after,
            alerts,
            changes: Vec::new(),
            has_receiver: false,
            acknowledged: None,
        }]
    };
    assert_eq!(store.replace_alerts(&update(0, &alerts)).await.unwrap(), [true]);
    assert_eq!(store.replace_alerts(&update(0, &Alerts::default())).await.unwrap(), [false]);
    let known = store.alerts(&acme()).await.unwrap();
    assert_eq!((known.revision, &known.alerts), (1, &alerts));

    let id = alerts.active().next().unwrap().id;
    let book = AlertBook::new(store.clone(), false, PublicUrl::default());
    book.acknowledge(now(), &acme(), id, &Actor::command(), Some("seen")).await.unwrap();
    let asked = HistoryQuery { limit: 10, ..HistoryQuery::default() };
    let history = store.alert_history(&acme(), &asked).await.unwrap();
    assert_eq!(history[0].alert.state, AlertState::Acknowledged);
    let noted = (history[0].acknowledged_by.as_deref(), history[0].note.as_deref());
    assert_eq!(noted, (Some("command"), Some("seen")));
    assert_eq!(store.replace_alerts(&update(1, &alerts)).await.unwrap(), [false], "it would undo");
    let again = book.acknowledge(now(), &acme(), id, &Actor::command(), None).await.unwrap_err();
    assert_eq!(again.code(), "health.not_firing");
    let all = store.all_alerts().await.unwrap();
    assert_eq!((all.len(), all[0].0.as_str(), all[0].1.revision), (1, "acme", 2));
}

/// The alerts of a session that has been critical for half a minute.
fn firing_alerts() -> Alerts {
    let at = |secs| Instant::ORIGIN + Duration::from_secs(secs);
    let mut manager = ConnectionManager::new(ManagerConfig::default(), 1).unwrap();
    let mut monitor = HealthMonitor::new(HealthConfig::default(), at(0)).unwrap();
    let mut bad = report("s1", "b1").session;
    bad.connection_quality = Some(Quality::Critical);
    manager.observe(at(1), &bad, &Activity::default(), Duration::from_secs(30)).unwrap();
    [1, 30].into_iter().for_each(|secs| monitor.judge_alerts(at(secs), &manager));
    monitor.remembered_alerts().clone()
}

async fn tickets_are_bounded_taken_once_and_make_room_when_they_are_old(store: &Store) {
    organized(store).await;
    let digests = [0; 3].map(|_| Key::generate(KeyKind::Secret).unwrap().digest());
    let at = |millis: u64| Instant::from_millis(1_000_000 + millis);
    let key = KeyDigest::of("sk_1");
    let ticket =
        |now: Instant| StoredTicket { organization: acme(), key, expires_at: now + MINUTE };
    let add = async |now, digest| store.add_ticket(now, digest, &ticket(now), 2).await;
    assert!(add(at(0), &digests[0]).await.unwrap());
    assert!(add(at(1), &digests[1]).await.unwrap());
    assert!(!add(at(2), &digests[2]).await.unwrap(), "two are as many as may wait");
    assert!(add(at(60_000), &digests[2]).await.unwrap(), "one is too old");
    assert_eq!(store.take_ticket(&digests[0]).await.unwrap(), None);
    let taken = store.take_ticket(&digests[1]).await.unwrap();
    assert_eq!(taken, Some(ticket(at(1))));
    assert_eq!(store.take_ticket(&digests[1]).await.unwrap(), None);
}

const MINUTE: Duration = Duration::from_mins(1);

async fn a_session_is_of_the_first_token_that_is_shown_also_within_one_commit(store: &Store) {
    organized(store).await;
    let showing = |letter: &str, batch: &str| {
        let mut shown = report("s1", batch);
        shown.token = ReportToken::new(letter.repeat(22)).ok();
        accepted(shown, now())
    };
    let others = async |deliveries: &[AcceptedReport]| {
        let deliveries: Vec<&AcceptedReport> = deliveries.iter().collect();
        store.store_reports(&deliveries).await.unwrap().other_sessions
    };
    let without = accepted(report("s1", "b1"), now());
    let other = |of: &AcceptedReport| Some(of.claim.other_session("s1"));
    let [a, b] = [showing("a", "b2"), showing("b", "b3")];
    let one_commit = others(&[without.clone(), a.clone(), b.clone()]).await;
    assert_eq!(one_commit, [None, None, other(&b)]);
    let last = accepted(report("s1", "b4"), now());
    assert_eq!(
        others(&[b.clone(), last.clone(), a.clone()]).await,
        [other(&b), other(&last), None]
    );

    let mut known = store.sessions(10).await.unwrap();
    known.sort_by(|one, other| one.state.session_id.cmp(&other.state.session_id));
    let tokens: Vec<_> = known.iter().map(|session| session.token).collect();
    assert_eq!(known[0].state.session_id, "s1");
    assert_eq!(tokens.iter().filter(|token| **token == b.claim.token()).count(), 1);
    assert_eq!((tokens.len(), tokens[0]), (3, a.claim.token()));
    let followed = store.follow(0, 10).await.unwrap();
    let of_s1 = followed.iter().find(|of| of.session.state.session_id == "s1").unwrap();
    assert_eq!(of_s1.session.token, a.claim.token(), "other collectors learn of it");
}
