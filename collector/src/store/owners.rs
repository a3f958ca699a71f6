//! Which session each report of a commit is of.
//!
//! Decided within the transaction, after it has its number: commits of all collectors follow one
//! another there, so of two clients that begin one session at a time one is first for all.

use std::borrow::Cow;
use std::collections::HashMap;

use sqlx::{ColumnIndex, Decode, PgConnection, Row, SqliteConnection, Type};

use super::StoreError;
use super::rows::{to_json, token};
use crate::claim::TokenDigest;
use crate::fleet::AcceptedReport;

/// The organisation and the id of a session.
type Name<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The tokens of sessions. Those without a token are absent.
pub(super) type Owners<'a> = HashMap<Name<'a>, TokenDigest>;

/// The tokens of the sessions that these reports name.
pub(super) async fn in_postgres<'a>(
    connection: &mut PgConnection,
    deliveries: &[&'a AcceptedReport],
) -> Result<Owners<'a>, StoreError> {
    let query = "SELECT s.organization_id, s.session_id, s.token
        FROM unnest($1::text[], $2::text[]) AS named (organization_id, session_id)
        JOIN sessions s USING (organization_id, session_id) WHERE s.token IS NOT NULL";
    let (organizations, ids): (Vec<_>, Vec<_>) = deliveries.iter().map(|d| named(d)).unzip();
    let query = sqlx::query(query).bind(organizations).bind(ids);
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// The same.
pub(super) async fn in_sqlite<'a>(
    connection: &mut SqliteConnection,
    deliveries: &[&'a AcceptedReport],
) -> Result<Owners<'a>, StoreError> {
    // One statement for all: each is handed to the thread of the connection and back.
    let query = "SELECT s.organization_id, s.session_id, s.token FROM json_each($1) AS named
        CROSS JOIN sessions s ON s.organization_id = named.value ->> 0
            AND s.session_id = named.value ->> 1
        WHERE s.token IS NOT NULL";
    let names: Vec<_> = deliveries.iter().map(|delivery| named(delivery)).collect();
    let query = sqlx::query(query).bind(to_json("the names of sessions", &names)?);
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// The sessions of the reports that are not of the one that they name, in their order.
pub(super) fn others(settled: Vec<Cow<'_, AcceptedReport>>) -> Vec<Option<String>> {
    let other = |report: Cow<'_, AcceptedReport>| match report {
        Cow::Borrowed(_) => None,
        Cow::Owned(delivery) => Some(delivery.report.session.session_id),
    };
    settled.into_iter().map(other).collect()
}

/// The reports with the sessions that they are of. The first token that is shown for a session
/// becomes its own.
pub(super) fn settle<'a>(
    deliveries: &[&'a AcceptedReport],
    mut owners: Owners<'a>,
) -> Vec<Cow<'a, AcceptedReport>> {
    let settle = |delivery: &&'a AcceptedReport| {
        let (organization, session_id) = named(delivery);
        let name = (organization.into(), session_id.into());
        let owner = owners.get(&name).copied();
        if !delivery.claim.fits(owner) {
            let other = delivery.claim.other_session(session_id);
            return Cow::Owned(delivery.of_session(other));
        }
        if let Some(token) = delivery.claim.token() {
            owners.insert(name, token);
        }
        Cow::Borrowed(*delivery)
    };
    deliveries.iter().map(settle).collect()
}

fn named(delivery: &AcceptedReport) -> (&str, &str) {
    (delivery.organization.as_str(), &delivery.report.session.session_id)
}

/// The token of a session, by the session's name.
fn read<'a, 'r, R>(row: &'r R) -> Result<(Name<'a>, TokenDigest), StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    let organization: String = row.try_get("organization_id")?;
    let session_id: String = row.try_get("session_id")?;
    Ok(((organization.into(), session_id.into()), token(row.try_get("token")?)?))
}
