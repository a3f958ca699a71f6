//! How much each report counts for in the figures of its organisation.
//!
//! What a session claims is bounded by its window, but a window has room for hundreds of times what
//! sessions do. So that no session, no key and no address decides what an organisation's figures
//! say, each of them has a bound for each minute. A report beyond it is stored and shown with its
//! session as it is, and counts with a reduced weight in everything else.

mod amount;
mod flow;
mod groups;
mod shares;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use steadfast_core::time::Instant;

use crate::auth::OrganizationId;
use crate::fleet::{AcceptedReport, Fleet};
use crate::store::CountedReport;

pub(crate) use amount::Amount;
pub use shares::WeightLimit;
use shares::{Claim, Shares, Weight};

/// The shares of every organisation that reports.
#[derive(Debug, Default)]
pub(super) struct Weights {
    organizations: HashMap<OrganizationId, Shares>,
    swept_at: Instant,
}

/// How often organisations that no longer report are forgotten.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

impl Weights {
    /// Says how much a report counts for that is about to be stored, and counts it.
    pub(super) fn weigh(&mut self, fleet: &Fleet, delivery: &mut AcceptedReport) -> Weight {
        let now = delivery.received_at;
        self.sweep(now);
        let named = &delivery.report.session.session_id;
        let (live, session_id, heard_at) = fleet
            .organization(now, &delivery.organization)
            .map(|organization| {
                // What somebody else reports in its name does not count for the session.
                let session_id = organization.session_of(named, &delivery.claim);
                let heard_at = organization.last_heard(&session_id);
                (organization.live(), session_id, heard_at)
            })
            // It is refused for that before it is counted.
            .unwrap_or_default();
        let claim = Claim {
            session_id: &session_id,
            key_id: &delivery.source.key_id,
            network: delivery.source.network,
            amount: Amount::of(&delivery.report.activity, delivery.weight()),
            silent: heard_at.map(|heard_at| now.saturating_since(heard_at)),
            live,
        };
        let shares = self.organizations.entry(delivery.organization.clone()).or_default();
        let weight = shares.weigh(now, &claim);
        delivery.share = weight.share;
        weight
    }

    /// Takes back a report that was weighed and is not counted.
    pub(super) fn put_back(&mut self, delivery: &AcceptedReport, weight: &Weight) {
        if let Some(shares) = self.organizations.get_mut(&delivery.organization) {
            shares.put_back(weight);
        }
    }

    /// Counts a report that another collector took, or this one before it started.
    pub(super) fn follow(&mut self, counted: &CountedReport) {
        let CountedReport { organization, session_id, key_id, received_at, amount } = counted;
        let shares = self.organizations.entry(organization.clone()).or_default();
        shares.follow(*received_at, session_id, key_id, *amount);
    }

    fn sweep(&mut self, now: Instant) {
        if now.saturating_since(self.swept_at) >= SWEEP_INTERVAL {
            self.organizations.retain(|_, shares| !shares.is_past(now));
            self.swept_at = now;
        }
    }
}
