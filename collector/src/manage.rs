//! What the command line does about organisations and keys.

use std::time::{Duration, UNIX_EPOCH};

use steadfast_collector::audit::Actor;
use steadfast_collector::auth::{Key, KeyPolicy, OrganizationId};
use steadfast_collector::deletion::{self, Deletion};
use steadfast_collector::store::{Store, StoreError, StoredKey};
use steadfast_collector::{Clock, Config};
use steadfast_core::time::Instant;

use crate::cli::{CreateKey, Manage, OneKey, RotateKey};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Does it, beside the collectors that may be serving from the database.
pub(crate) async fn run(config: Config, what: Manage) -> Outcome {
    let store = Store::open_existing(&config.database).await?;
    let now = Clock::start().now();
    let done = match what {
        Manage::CreateKey(create) => create_key(&store, now, create).await,
        Manage::CreateOrganization(name) => create_organization(&store, now, &name).await,
        Manage::Delete { organization, confirm, deletion } => {
            delete(&store, now, &organization, confirm, &deletion).await
        }
        Manage::ListKeys(organization) => list_keys(&store, now, &organization).await,
        Manage::ListOrganizations => list_organizations(&store).await,
        Manage::RevokeKey(key) => revoke_key(&store, now, key).await,
        Manage::RotateKey(rotate) => rotate_key(&store, now, rotate).await,
    };
    store.close().await;
    done
}

async fn create_organization(store: &Store, now: Instant, name: &OrganizationId) -> Outcome {
    if !store.add_organization(now, name, &Actor::command()).await? {
        return Err(format!("there is an organisation {name} already").into());
    }
    println!("organisation: {name}");
    Ok(())
}

async fn delete(
    store: &Store,
    now: Instant,
    organization: &OrganizationId,
    confirm: Option<String>,
    deletion: &Deletion,
) -> Outcome {
    if let Some(confirm) = confirm.filter(|confirm| confirm != organization.as_str()) {
        return Err(
            format!("--confirm is {confirm:?}; allowed is {:?}", organization.as_str()).into()
        );
    }
    if !store.has_organization(organization).await? {
        return Err(format!("there is no organisation {organization}").into());
    }
    let deleted = deletion::delete(store, now, organization, deletion, &Actor::command()).await?;
    println!("deleted: {} sessions, {} reports", deleted.sessions, deleted.reports);
    Ok(())
}

async fn list_organizations(store: &Store) -> Outcome {
    for name in store.organizations().await? {
        println!("{name}");
    }
    Ok(())
}

async fn create_key(store: &Store, now: Instant, create: CreateKey) -> Outcome {
    let terms = KeyPolicy::checked(create.kind, &create.origins, create.per_minute)?;
    let terms = terms.named(&create.name)?;
    let key = Key::generate(create.kind)?;
    let keys = [(&key, &terms)];
    store.add_keys(now, &create.of.organization, &keys, &Actor::command()).await?;
    show(&key);
    Ok(())
}

async fn list_keys(store: &Store, now: Instant, organization: &OrganizationId) -> Outcome {
    for key in store.keys(organization).await? {
        let StoredKey { id, kind, terms, created_at, expires_at, last_used, .. } = key;
        let KeyPolicy { name, origins, per_minute } = terms;
        let origins = if origins.is_empty() { "any".to_owned() } else { origins.join(",") };
        let end = match expires_at {
            None => "never".to_owned(),
            Some(end) if end <= now => format!("{} (expired)", date(end)),
            Some(end) => date(end),
        };
        let (kind, made) = (kind.as_str(), date(created_at));
        let used = last_used.map_or_else(|| "never".to_owned(), date);
        println!(
            "{id}\t{kind}\tname {name:?}\tmade {made}\tlast used {used}\texpires {end}\t\
             {per_minute} a minute\torigins {origins}"
        );
    }
    Ok(())
}

async fn revoke_key(store: &Store, now: Instant, key: OneKey) -> Outcome {
    let found = good_key(store, now, &key).await?;
    store.expire_key(&found.organization, &found.id, now, &Actor::command()).await?;
    println!("revoked: {}", found.id);
    Ok(())
}

async fn rotate_key(store: &Store, now: Instant, rotate: RotateKey) -> Outcome {
    let old = good_key(store, now, &rotate.old).await?;
    let key = Key::generate(old.kind)?;
    let until = now + rotate.overlap;
    store.replace_key(now, &old, &key, until, &Actor::command()).await?;
    show(&key);
    Ok(())
}

async fn good_key(
    store: &Store,
    now: Instant,
    key: &OneKey,
) -> Result<StoredKey, Box<dyn std::error::Error>> {
    let (organization, id) = (&key.of.organization, &key.key);
    let found: Result<_, StoreError> = store.key_of(organization, id).await;
    let good = found?.filter(|key| key.expires_at.is_none_or(|end| end > now));
    good.ok_or_else(|| format!("{organization} has no key {id:?} that is good").into())
}

fn show(key: &Key) {
    println!("{} key: {}", key.kind().as_str(), key.reveal());
    println!("id: {}", key.digest().id());
}

fn date(at: Instant) -> String {
    // The last date that the form knows is in the year 9999.
    let at = Duration::from_millis(at.as_millis().min(253_402_300_799_000));
    httpdate::fmt_http_date(UNIX_EPOCH + at)
}
