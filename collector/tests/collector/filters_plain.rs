//! Whatever is filtered by and ordered by, a page is what a plain filter and sort of all sessions give.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option::of as option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use steadfast_collector::auth::OrganizationId;
use steadfast_collector::fleet::{
    AcceptedReport, Filter, Fleet, FleetConfig, Order, Organization, QualityOrUnknown,
    ReportSource, Session, SortBy,
};
use steadfast_core::connection::{Cause, MetadataValue, Status};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::manager::Liveness;
use steadfast_core::quality::Quality;
use steadfast_core::time::Instant;

use crate::support::{claim, report};

/// What one report says.
#[derive(Clone, Debug)]
struct Said {
    session: usize,
    user: Option<&'static str>,
    client_type: &'static str,
    sdk: &'static str,
    status: Status,
    quality: Option<Quality>,
    latency: Option<u64>,
    region: Option<&'static str>,
    loss: Option<(u64, Cause)>,
    is_patient: bool,
}

const CAUSES: [Cause; 3] = [Cause::Network, Cause::Dns, Cause::ClosedByPeer { code: 1011 }];
const QUALITIES: [Quality; 4] =
    [Quality::Critical, Quality::Poor, Quality::Good, Quality::Excellent];
const AN_HOUR: Duration = Duration::from_hours(1);

fn at(secs: u64) -> Instant {
    Instant::from_millis(1_760_000_000_000 + secs * 1000)
}

fn said() -> impl Strategy<Value = Said> {
    let names = (
        0..40_usize,
        option(select(vec!["ada", "bob", "c,d"])),
        select(vec!["web", "native"]),
        select(vec!["steadfast/1", "steadfast/2", "other/1"]),
    );
    let record = (
        select(Status::ALL.to_vec()),
        option(select(QUALITIES.to_vec())),
        option(0..5_u64),
        option(select(vec!["eu", "us", ""])),
        option((0..9_u64, select(CAUSES.to_vec()))),
        any::<bool>(),
    );
    (names, record).prop_map(|(names, record)| {
        let (session, user, client_type, sdk) = names;
        let (status, quality, latency, region, loss, is_patient) = record;
        Said { session, user, client_type, sdk, status, quality, latency, region, loss, is_patient }
    })
}

fn texts(of: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    subsequence(of.to_vec(), 0..=1).prop_map(|texts| texts.into_iter().map(str::to_owned).collect())
}

fn filter() -> impl Strategy<Value = Filter> {
    let lists = (
        subsequence(Status::ALL.to_vec(), 0..=2),
        subsequence(Liveness::ALL.to_vec(), 0..=2),
        subsequence(QualityOrUnknown::ALL.to_vec(), 0..=2),
        texts(&["web", "native", "tv"]),
        texts(&["steadfast/1", "other/1"]),
        texts(&["network", "closed_by_peer"]),
        texts(&["ada", "c,d", "nobody"]),
        texts(&["eu", "us", ""]),
    );
    let ranges = (option(0..5_u64), option(0..5_u64), option(0..9_u64), option(0..9_u64));
    // Two at a time: all together find nothing.
    (lists, ranges, (0..11, 0..11)).prop_map(|(lists, ranges, used)| {
        let (status, liveness, quality, client_type, sdk, cause, user, region) = lists;
        let (least, most, since, until) = ranges;
        let is_used = |number: i32| used.0 == number || used.1 == number;
        let mut filter = Filter::default();
        if is_used(0) {
            filter.status = status;
        }
        if is_used(1) {
            filter.liveness = liveness;
        }
        if is_used(2) {
            filter.quality = quality;
        }
        if is_used(3) {
            filter.client_type = client_type;
        }
        if is_used(4) {
            filter.sdk = sdk;
        }
        if is_used(5) {
            filter.cause = cause;
        }
        if is_used(6) {
            filter.user = user;
        }
        if is_used(7) && !region.is_empty() {
            filter.metadata = vec![("region".to_owned(), region)];
        }
        if is_used(8) {
            filter.min_latency = least.map(Duration::from_millis);
            filter.max_latency = most.map(Duration::from_millis);
        }
        if is_used(9) {
            filter.lost_since = since.map(at);
        }
        if is_used(10) {
            filter.lost_until = until.map(at);
        }
        filter
    })
}

/// An organisation that heard these reports, one a second.
fn organization(said: &[Said]) -> Arc<Organization> {
    let fleet = Fleet::new(FleetConfig::default()).unwrap();
    let id: OrganizationId = "acme".parse().unwrap();
    let organization = fleet.organization(at(0), &id).unwrap();
    for (second, said) in (10..).zip(said) {
        let now = at(second);
        let mut report = report(&format!("s{}", said.session), "b");
        (report.window.start, report.window.end) = (now, now);
        said.sdk.clone_into(&mut report.sdk);
        let state = &mut report.session;
        state.user_id = said.user.map(str::to_owned);
        said.client_type.clone_into(&mut state.client_type);
        state.status = said.status;
        state.connection_quality = said.quality;
        state.latency = said.latency.map(Duration::from_millis);
        if let Some(region) = said.region {
            state.metadata.insert("region".to_owned(), region.into());
        }
        if let Some((secs, cause)) = said.loss {
            let kind = EventKind::Disconnected { cause, planned: false };
            report.events = vec![Event { at: at(secs), kind }];
        }
        let next_in = if said.is_patient { AN_HOUR } else { Duration::from_millis(1) };
        let (organization_id, clock_skew) = (id.clone(), None);
        let accepted = AcceptedReport {
            organization: organization_id,
            claim: claim(&report),
            report,
            received_at: now,
            clock_skew,
            next_in,
            source: ReportSource::default(),
            share: 1.0,
        };
        organization.observe(&accepted).unwrap();
    }
    let _ = fleet.handle_timeout(at(1000), false);
    organization
}

fn is_wanted(filter: &Filter, session: &Session) -> bool {
    let state = &session.state;
    let lost_at = session.last_loss.map(|loss| loss.at);
    let cause = session.last_loss.map(|loss| loss.cause.as_str().to_owned());
    let is_live = session.liveness == Liveness::Live;
    let is_stale = session.liveness == Liveness::Stale;
    let quality = QualityOrUnknown::from(state.connection_quality);
    let has = |values: &[String], one: Option<&str>| {
        values.is_empty() || values.iter().any(|value| Some(value.as_str()) == one)
    };
    let region = match state.metadata.get("region") {
        Some(MetadataValue::Text(region)) => region.as_str(),
        _ => "",
    };
    (filter.status.is_empty() || !is_stale && filter.status.contains(&state.status))
        && (filter.liveness.is_empty() || filter.liveness.contains(&session.liveness))
        && (filter.quality.is_empty() || is_live && filter.quality.contains(&quality))
        && has(&filter.client_type, Some(&state.client_type))
        && has(&filter.sdk, session.sdk.as_deref())
        && has(&filter.cause, cause.as_deref())
        && has(&filter.user, state.user_id.as_deref())
        && filter.metadata.iter().all(|(_, values)| has(values, Some(region)))
        && filter.min_latency.is_none_or(|least| state.latency.is_some_and(|one| one >= least))
        && filter.max_latency.is_none_or(|most| state.latency.is_some_and(|one| one <= most))
        && filter.lost_since.is_none_or(|since| lost_at.is_some_and(|at| at >= since))
        && filter.lost_until.is_none_or(|until| lost_at.is_some_and(|at| at < until))
}

/// What is absent comes last in both directions, and equal sessions in the order of their ids.
fn compare(order: Order, one: &Session, other: &Session) -> Ordering {
    let value = |session: &Session| -> Option<i128> {
        let millis = |at: Instant| i128::from(at.as_millis());
        match order.by {
            SortBy::LastHeard => Some(-millis(session.last_heard)),
            SortBy::LastLoss => session.last_loss.map(|loss| -millis(loss.at)),
            SortBy::Latency => {
                session.state.latency.map(|latency| -i128::try_from(latency.as_nanos()).unwrap())
            }
            SortBy::Quality => {
                let quality = session.state.connection_quality;
                let quality = quality.filter(|_| session.liveness == Liveness::Live)?;
                QUALITIES
                    .iter()
                    .position(|one| *one == quality)
                    .and_then(|place| place.try_into().ok())
            }
            SortBy::Registered => Some(-millis(session.first_heard)),
            SortBy::SessionId => Some(0),
        }
    };
    let turn = |ordering: Ordering| if order.is_reversed { ordering.reverse() } else { ordering };
    let by_value = match (value(one), value(other)) {
        (Some(one), Some(other)) => turn(one.cmp(&other)),
        (one, other) => one.is_none().cmp(&other.is_none()),
    };
    let by_id = one.state.session_id.cmp(&other.state.session_id);
    by_value.then(if order.by == SortBy::SessionId { turn(by_id) } else { by_id })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_page_is_what_a_plain_filter_and_sort_of_all_sessions_give(
        said in vec(said(), 0..80),
        filter in filter(),
        by in select(SortBy::ALL.to_vec()),
        is_reversed: bool,
        offset in 0..20_usize,
        limit in 1..30_usize,
    ) {
        let (organization, order) = (organization(&said), Order { by, is_reversed });
        let all = (0..40).filter_map(|number| organization.session(&format!("s{number}")));
        let mut expected: Vec<_> = all.filter(|session| is_wanted(&filter, session)).collect();
        expected.sort_by(|one, other| compare(order, one, other));
        let total = expected.len() as u64;
        let expected: Vec<_> = expected.into_iter().skip(offset).take(limit).collect();

        let selection = organization.select(&filter, order, offset + limit, Vec::new());
        let page = organization.page(&selection, offset, limit);
        prop_assert_eq!(page.total, total);
        prop_assert_eq!(page.connections, expected);
    }

    #[test]
    fn the_number_of_sessions_of_a_filter_is_that_of_the_figures(said in vec(said(), 0..80)) {
        let organization = organization(&said);
        let (totals, _) = organization.totals();
        let count = |filter: Filter| {
            organization.select(&filter, Order::default(), 1, Vec::new()).total()
        };
        let of = |status, liveness: Liveness| {
            count(Filter { status, liveness: vec![liveness], ..Filter::default() })
        };
        prop_assert_eq!(count(Filter::default()), totals.sessions());
        prop_assert_eq!(of(Vec::new(), Liveness::Live), totals.live());
        prop_assert_eq!(of(Vec::new(), Liveness::Ended), totals.ended());
        prop_assert_eq!(of(Vec::new(), Liveness::Stale), totals.stale);
        prop_assert_eq!(of(vec![Status::Failed], Liveness::Live), totals.by_status.failed);
        let quality = |quality| count(Filter { quality: vec![quality], ..Filter::default() });
        prop_assert_eq!(quality(QualityOrUnknown::Poor), totals.by_quality.poor);
        prop_assert_eq!(quality(QualityOrUnknown::Unknown), totals.by_quality.unknown);
    }
}

#[test]
fn a_page_of_more_sessions_than_are_looked_at_at_once_is_whole() {
    let many: Vec<_> = (0..10_000)
        .map(|session| Said {
            session,
            user: Some("ada"),
            client_type: "web",
            sdk: if session % 10 == 0 { "steadfast/2" } else { "steadfast/1" },
            status: Status::Connected,
            quality: None,
            latency: Some((session % 1000) as u64),
            region: None,
            loss: None,
            is_patient: true,
        })
        .collect();
    let organization = organization(&many);
    for user in [Vec::new(), vec!["ada".to_owned()]] {
        let filter = Filter { sdk: vec!["steadfast/2".to_owned()], user, ..Filter::default() };
        let order = Order { by: SortBy::Latency, is_reversed: false };
        let selection = organization.select(&filter, order, 12, Vec::new());
        let page = organization.page(&selection, 10, 12);
        assert_eq!((page.total, page.connections.len()), (1000, 2));
        let ids: Vec<_> = page.connections.iter().map(|one| &*one.state.session_id).collect();
        assert_eq!(ids, ["s1980", "s2980"], "of 990 ms there are ten, and of 980 ms ten more");
    }
}
