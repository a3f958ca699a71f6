//! Finds sessions that made room for others in memory.

use futures::TryStreamExt as _;
use sqlx::AssertSqlSafe;
use steadfast_core::manager::Liveness;
use steadfast_core::time::Instant;

use super::rows::to_millis;
use super::sessions::known;
use super::{Store, StoreError, reading};
use crate::auth::OrganizationId;
use crate::fleet::{Filter, KnownSession, Session};

/// How many sessions of the database are read for one answer, the one heard of last first.
pub const MAX_SEARCHED: u32 = 10_000;

impl Store {
    /// The sessions that are wanted of those that were heard of until `heard_until`. Of sessions that
    /// the database finds by user, time of the last loss and whether they have ended, the newest
    /// [`MAX_SEARCHED`] are looked at. Those that have not ended are taken for stale.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn search_sessions(
        &self,
        organization: &OrganizationId,
        filter: &Filter,
        heard_until: Instant,
    ) -> Result<Vec<KnownSession>, StoreError> {
        let wants = |liveness| filter.liveness.is_empty() || filter.liveness.contains(&liveness);
        let (ended, stale) = (wants(Liveness::Ended), wants(Liveness::Stale));
        // One of each user that is named, since there is no type of lists that both databases know.
        let users: Vec<String> = (6..).take(filter.user.len()).map(|n| format!("${n}")).collect();
        let of_users = if users.is_empty() {
            String::new()
        } else {
            format!("AND user_id IN ({})", users.join(", "))
        };
        let lost = match (filter.lost_since, filter.lost_until) {
            (None, None) => "AND CAST($4 AS BIGINT) <= CAST($5 AS BIGINT)",
            _ => "AND lost_at >= $4 AND lost_at < $5",
        };
        let which = match (ended, stale) {
            (true, true) => "",
            (true, false) => "AND ended",
            (false, _) => "AND NOT ended",
        };
        let query = format!(
            "SELECT organization_id, as_of, heard_at, state, clock_skew, next_in, sdk, first_heard,
                lost_at, lost_cause, token
            FROM sessions WHERE organization_id = $1 AND heard_at <= $2 {of_users} {lost} {which}
            ORDER BY heard_at DESC LIMIT $3"
        );
        let lost_until = filter.lost_until.map_or(i64::MAX, to_millis);
        let mut found = Vec::new();
        reading!(self, pool => {
            let mut query = sqlx::query(AssertSqlSafe(query))
                .bind(organization.as_str())
                .bind(to_millis(heard_until).saturating_add(1))
                .bind(i64::from(MAX_SEARCHED))
                .bind(filter.lost_since.map_or(0, to_millis))
                .bind(lost_until);
            for user in &filter.user {
                query = query.bind(user);
            }
            let mut rows = query.fetch(pool);
            while let Some(row) = rows.try_next().await? {
                let known = known(&row, "heard_at")?;
                if filter.wants(&Session::from(known.clone())) {
                    found.push(known);
                }
            }
        });
        Ok(found)
    }
}
