//! Which sessions are concerned: what happened by client type, version, cause and metadata.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use steadfast_core::activity::Activity;
use steadfast_core::connection::Status;
use steadfast_core::event::EventKind;
use steadfast_core::manager::QualityDistribution;
use steadfast_core::quality::Quality;

use crate::fleet::{AcceptedReport, text_of};

/// The keys that a breakdown groups reports by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakdownKey {
    /// Why links were lost.
    Cause,
    /// The client type.
    ClientType,
    /// The value under a key of the metadata.
    Metadata(String),
    /// Name and version of the client's package.
    Sdk,
}

/// The most values of a key that have figures of their own.
pub const MAX_VALUES: usize = 50;

/// The most keys of metadata.
pub const MAX_METADATA_KEYS: usize = 4;

/// The longest value, in bytes. Longer ones are cut.
const MAX_LENGTH: usize = 64;

/// The name of causes that a report does not tell, as its events were too many.
const UNKNOWN: &str = "unknown";

const METADATA: &str = "metadata.";

/// What the reports of one value tell.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// How many reports there are.
    pub reports: u64,
    /// What happened.
    pub activity: Activity,
    /// Links that were lost and nobody meant it, by cause.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links_lost: BTreeMap<String, u64>,
    /// The quality of live sessions, as of their reports.
    pub quality: QualityDistribution,
    /// How many reports there are at most, those included that counted under the rest before the
    /// value was listed.
    #[serde(default)]
    pub rank: u64,
}

/// Figures by value.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Breakdown {
    /// Of the values with the most reports. The empty value is that of sessions without the key.
    pub values: BTreeMap<String, Figures>,
    /// Of all other values.
    pub other: Figures,
    /// The greatest rank of a value that counts under the rest: a value that is listed anew may have
    /// had that many reports.
    #[serde(default)]
    pub floor: u64,
}

impl BreakdownKey {
    /// Every key, if these are those of the metadata.
    pub fn all(metadata: &[String]) -> impl Iterator<Item = Self> {
        let metadata = metadata.iter().cloned().map(Self::Metadata);
        [Self::Cause, Self::ClientType, Self::Sdk].into_iter().chain(metadata)
    }
}

/// The name in a query and in the database.
impl fmt::Display for BreakdownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause => f.write_str("cause"),
            Self::ClientType => f.write_str("clientType"),
            Self::Metadata(key) => write!(f, "{METADATA}{key}"),
            Self::Sdk => f.write_str("sdk"),
        }
    }
}

impl Figures {
    /// What a report tells, for all windows that it stands for and by the share of it that counts.
    #[must_use]
    pub fn of(delivery: &AcceptedReport) -> Self {
        let activity = delivery.activity();
        let windows = u64::from(delivery.weight());
        let reports = u64::from(delivery.counted_windows() > 0);
        let mut left = activity.unplanned_disconnections;
        let mut links_lost: BTreeMap<String, u64> = BTreeMap::new();
        for event in &delivery.report.events {
            if let EventKind::Disconnected { cause, planned: false } = event.kind {
                let lost = windows.min(left);
                left -= lost;
                count(&mut links_lost, cause.as_str(), lost);
            }
        }
        count(&mut links_lost, UNKNOWN, left);
        let quality = quality_of(delivery, delivery.counted_windows());
        Self { reports, activity, links_lost, quality, rank: reports }
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reports == 0 && self.activity.events() == 0
    }

    /// How many links were lost and nobody meant it.
    #[must_use]
    pub fn all_links_lost(&self) -> u64 {
        self.links_lost.values().copied().fold(0, u64::saturating_add)
    }

    /// Adds what other reports tell.
    pub fn merge(&mut self, other: &Self) {
        self.reports = self.reports.saturating_add(other.reports);
        self.rank = self.rank.saturating_add(other.rank);
        self.activity.merge(&other.activity);
        for (cause, lost) in &other.links_lost {
            count(&mut self.links_lost, cause, *lost);
        }
        let QualityDistribution { critical, excellent, good, poor, unknown } = other.quality;
        let mine = &mut self.quality;
        for (mine, theirs) in [
            (&mut mine.critical, critical),
            (&mut mine.excellent, excellent),
            (&mut mine.good, good),
            (&mut mine.poor, poor),
            (&mut mine.unknown, unknown),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }
}

impl Breakdown {
    /// Counts a report that tells `figures` under its values of a key.
    pub fn count(&mut self, key: &BreakdownKey, delivery: &AcceptedReport, figures: &Figures) {
        let session = &delivery.report.session;
        match key {
            BreakdownKey::ClientType => self.add(&session.client_type, figures),
            BreakdownKey::Sdk => self.add(&delivery.report.sdk, figures),
            BreakdownKey::Metadata(key) => {
                let value = session.metadata.get(key).map_or(Cow::Borrowed(""), text_of);
                self.add(&cut(&value), figures);
            }
            BreakdownKey::Cause => {
                for (cause, lost) in &figures.links_lost {
                    let links_lost = BTreeMap::from([(cause.clone(), *lost)]);
                    self.add(cause, &Figures { links_lost, ..figures.clone() });
                }
            }
        }
    }

    /// Adds figures to those of a value.
    pub fn add(&mut self, value: &str, figures: &Figures) {
        match self.values.get_mut(value) {
            Some(known) => known.merge(figures),
            None => drop(self.values.insert(value.to_owned(), figures.clone())),
        }
    }

    /// Adds another breakdown by the same key.
    pub fn merge(&mut self, other: &Self) {
        other.values.iter().for_each(|(value, figures)| self.add(value, figures));
        self.other.merge(&other.other);
    }

    /// The figures after those that are known, which are of the same step: the [`MAX_VALUES`] values
    /// with the highest ranks are listed. A value with more than one in `MAX_VALUES` of
    /// the reports is among them, whenever it came (Metwally, Agrawal and El Abbadi, "Space-Saving", 2005).
    #[must_use]
    pub fn after(mut self, known: &Self) -> Self {
        for (value, figures) in &mut self.values {
            if !known.values.contains_key(value) {
                figures.rank = figures.rank.saturating_add(known.floor);
            }
        }
        let new: BTreeSet<String> = self.values.keys().cloned().collect();
        self.merge(known);
        self.floor = known.floor;
        // Of the same rank the newest ones stay, or none could ever come in.
        self.bound_by(MAX_VALUES, |value, figures| (figures.rank, new.contains(value)));
        self
    }

    /// Leaves the `most` values with the most reports, and counts the others under the rest. Of values
    /// with as many reports the first ones by name are left.
    pub fn bound(&mut self, most: usize) {
        self.bound_by(most, |_, figures| (figures.reports, false));
    }

    fn bound_by(&mut self, most: usize, rank: impl Fn(&str, &Figures) -> (u64, bool)) {
        if self.values.len() <= most {
            return;
        }
        let ranked =
            self.values.iter().map(|(value, figures)| (rank(value, figures), value.clone()));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        for (_, value) in ranked.split_off(most) {
            if let Some(figures) = self.values.remove(&value) {
                self.floor = self.floor.max(figures.rank);
                self.other.merge(&figures);
            }
        }
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.other.reports == 0
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str, by: u64) {
    if by == 0 {
        return;
    }
    match counts.get_mut(name) {
        Some(known) => *known = known.saturating_add(by),
        None => drop(counts.insert(name.to_owned(), by)),
    }
}

fn quality_of(delivery: &AcceptedReport, weight: u64) -> QualityDistribution {
    let mut quality = QualityDistribution::default();
    let session = &delivery.report.session;
    if session.status == Status::Disconnected {
        return quality;
    }
    *match session.connection_quality {
        Some(Quality::Critical) => &mut quality.critical,
        Some(Quality::Excellent) => &mut quality.excellent,
        Some(Quality::Good) => &mut quality.good,
        Some(Quality::Poor) => &mut quality.poor,
        None => &mut quality.unknown,
    } = weight;
    quality
}

/// A value that is too long ends with an ellipsis.
fn cut(value: &str) -> Cow<'_, str> {
    if value.len() <= MAX_LENGTH {
        return Cow::Borrowed(value);
    }
    let end = value.floor_char_boundary(MAX_LENGTH - '…'.len_utf8());
    Cow::Owned(format!("{}…", &value[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(reports: u64) -> Figures {
        Figures { reports, ..Figures::default() }
    }

    #[test]
    fn the_values_with_the_most_reports_are_left_whenever_they_came() {
        let mut breakdown = Breakdown::default();
        (0..MAX_VALUES).for_each(|number| breakdown.add(&format!("junk{number:02}"), &figures(1)));
        breakdown.add("real", &figures(7));
        breakdown.bound(MAX_VALUES);
        assert_eq!((breakdown.values.len(), breakdown.values["real"].reports), (MAX_VALUES, 7));
        assert!(!breakdown.values.contains_key("junk49"), "the last of the smallest");
        assert_eq!(breakdown.other.reports, 1);
        let all: u64 = breakdown.values.values().map(|figures| figures.reports).sum();
        assert_eq!(all + breakdown.other.reports, 57, "nothing is lost");
    }

    #[test]
    fn a_value_that_comes_one_by_one_is_listed_among_junk_that_came_before() {
        let one_of = |value: &str, reports: u64| {
            let mut breakdown = Breakdown::default();
            breakdown.add(value, &Figures { rank: reports, ..figures(reports) });
            breakdown
        };
        let mut known = Breakdown::default();
        for number in 0..MAX_VALUES {
            known = one_of(&format!("old{number}"), 2).after(&known);
        }
        for number in 0..10_000 {
            known = one_of(&format!("junk{number}"), 1).after(&known);
            if number % 10 == 0 {
                known = one_of("real", 1).after(&known);
            }
        }
        assert_eq!(known.values.len(), MAX_VALUES);
        let all: u64 = known.values.values().map(|figures| figures.reports).sum();
        assert_eq!(all + known.other.reports, 11_100, "nothing is lost");
        assert!(known.values["real"].reports > 900, "{}", known.values["real"].reports);
    }

    #[test]
    fn a_value_that_is_too_long_is_cut_between_two_letters() {
        assert_eq!(cut("eu"), "eu");
        let long = cut(&"é".repeat(40)).into_owned();
        assert_eq!(long, format!("{}…", "é".repeat(30)));
        assert!(long.len() <= MAX_LENGTH);
    }

    #[test]
    fn two_breakdowns_merge_by_addition() {
        let mut one = Breakdown::default();
        one.add("a", &figures(1));
        one.other = figures(5);
        let mut other = Breakdown::default();
        other.add("a", &figures(2));
        other.add("b", &figures(3));
        other.other = figures(6);
        one.merge(&other);
        let reports: Vec<_> = one.values.values().map(|figures| figures.reports).collect();
        assert_eq!((reports, one.other.reports), (vec![3, 3], 11));
    }
}
