use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steadfast::store::{Change, Key, Store, StoreError};
use steadfast::{Builder, Connection, ConnectionState, MessageId, Status};
use tokio::sync::mpsc;

use crate::ask::{becomes, eager, within};
use crate::server::{Server, collect, echo, free_address, url};

/// A store of the user's own.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    entries: Arc<Mutex<BTreeMap<Key, Vec<u8>>>>,
    fails: Arc<Mutex<bool>>,
}

impl Store for Memory {
    fn load(&self) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        Ok(self.entries.lock().unwrap().clone().into_iter().collect())
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        if *self.fails.lock().unwrap() {
            return Err(StoreError::failed("out of order"));
        }
        let mut entries = self.entries.lock().unwrap();
        for change in changes.iter().cloned() {
            match change {
                Change::Put(key, value) => drop(entries.insert(key, value)),
                Change::Remove(key) => drop(entries.remove(&key)),
                _ => panic!("an unknown change"),
            }
        }
        Ok(())
    }
}

impl Memory {
    fn messages(&self) -> Vec<u64> {
        let entries = self.entries.lock().unwrap();
        let number = |key: &Key| match key {
            Key::Message(MessageId(number)) => Some(*number),
            _ => None,
        };
        entries.keys().filter_map(number).collect()
    }
}

fn kept(url: String, store: &Memory) -> Builder {
    eager(url).persist(store.clone()).persist_interval(Duration::from_millis(10))
}

/// Keeps three messages that nobody took, and gives the name of the session.
async fn leave_three(store: &Memory) -> String {
    let connection = kept(url(free_address().await), store).persist_messages().open().unwrap();
    assert_eq!(connection.restored(), Ok(false));
    for text in ["one", "two", "three"] {
        connection.send(text).await.unwrap();
    }
    within(connection.saved()).await.unwrap();
    assert_eq!(store.messages(), [0, 1, 2]);
    within(connection.close()).await;
    assert_eq!(store.messages(), [0, 1, 2]);
    let session_id = connection.state().session_id;
    drop(connection);
    // A close that took too long leaves the last write to the background: it must not come over what follows.
    within(async {
        while Arc::strong_count(&store.entries) > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    session_id
}

/// What arrives, and the connection that sends it.
async fn resumed(
    store: &Memory,
    dress: impl Fn(Builder) -> Builder,
) -> (Connection, Server, mpsc::UnboundedReceiver<String>) {
    let (texts, arrived) = mpsc::unbounded_channel();
    let server = Server::start(collect(texts)).await;
    let connection = dress(kept(server.url(), store).persist_messages()).open().unwrap();
    (connection, server, arrived)
}

#[tokio::test]
async fn a_session_and_what_it_had_to_send_go_on_where_they_were() {
    let store = Memory::default();
    let session_id = leave_three(&store).await;
    let (connection, _server, mut arrived) = resumed(&store, |builder| builder).await;
    assert_eq!(connection.restored(), Ok(true));
    assert_eq!(connection.state().session_id, session_id);
    connection.send("four").await.unwrap();
    for text in ["one", "two", "three", "four"] {
        assert_eq!(within(arrived.recv()).await.as_deref(), Some(text));
    }
    within(connection.drained()).await.unwrap();
    within(connection.saved()).await.unwrap();
    assert_eq!(store.messages(), [0; 0], "what was sent is forgotten");
}

#[tokio::test]
async fn history_goes_on_with_the_session_and_a_close_saves_it() {
    let store = Memory::default();
    let server = Server::start(echo).await;
    let connection = kept(server.url(), &store).open().unwrap();
    within(connection.wait_until(|state| state.latency.is_some())).await.unwrap();
    connection.close().await;
    let before = connection.state();
    drop(connection);
    let connection = kept(server.url(), &store).open().unwrap();
    let after = connection.state();
    assert_eq!(after.session_id, before.session_id);
    // It is kept in microseconds.
    let micros = |state: &ConnectionState| state.latency.map(|latency| latency.as_micros());
    assert_eq!(micros(&after), micros(&before));
    assert_eq!(after.total_disconnections, 1);
    becomes(&connection, Status::Connected).await;
}

#[tokio::test]
async fn what_is_damaged_or_foreign_is_reported_and_ignored() {
    type Harm = fn(&mut Vec<u8>);
    let harms: [(Harm, &str); 4] = [
        (|bytes| bytes.truncate(20), "snapshot.damaged"),
        (|bytes| *bytes.last_mut().unwrap() ^= 1, "snapshot.damaged"),
        (|bytes| *bytes = b"something else entirely".to_vec(), "snapshot.foreign"),
        (Vec::clear, "snapshot.foreign"),
    ];
    for (harm, code) in harms {
        let store = Memory::default();
        let session_id = leave_three(&store).await;
        harm(store.entries.lock().unwrap().get_mut(&Key::Snapshot).unwrap());
        let (connection, _server, mut arrived) = resumed(&store, |builder| builder).await;
        assert_eq!(connection.restored().unwrap_err().code(), code);
        assert_ne!(connection.state().session_id, session_id);
        connection.send("anew").await.unwrap();
        assert_eq!(within(arrived.recv()).await.as_deref(), Some("anew"));
        within(connection.drained()).await.unwrap();
        within(connection.saved()).await.unwrap();
        assert_eq!(store.messages(), [0; 0], "those of the other session are forgotten");
        within(connection.close()).await;
        drop(connection);
        let (connection, ..) = resumed(&store, |builder| builder).await;
        assert_eq!(connection.restored(), Ok(true));
    }
}

#[tokio::test]
async fn a_damaged_message_is_reported_and_the_others_arrive() {
    let store = Memory::default();
    leave_three(&store).await;
    let key = Key::Message(MessageId(1));
    store.entries.lock().unwrap().insert(key, b"no kind".to_vec());
    let (connection, _server, mut arrived) = resumed(&store, |builder| builder).await;
    assert_eq!(connection.restored().unwrap_err().code(), "store.message");
    for text in ["one", "three"] {
        assert_eq!(within(arrived.recv()).await.as_deref(), Some(text));
    }
}

#[tokio::test]
async fn a_session_that_was_asked_for_by_name_takes_nothing_over_from_another() {
    let store = Memory::default();
    leave_three(&store).await;
    let (connection, ..) = resumed(&store, |builder| builder.session_id("mine")).await;
    assert_eq!(connection.restored().unwrap_err().code(), "snapshot.session");
    assert_eq!(connection.state().session_id, "mine");
    assert_eq!(connection.buffered_amount(), 0);
}

#[tokio::test]
async fn messages_are_kept_only_where_that_is_wished() {
    let store = Memory::default();
    let connection = kept(url(free_address().await), &store).open().unwrap();
    connection.send("one").await.unwrap();
    within(connection.saved()).await.unwrap();
    assert_eq!(store.messages(), [0; 0]);
    drop(connection);
    let (connection, ..) = resumed(&store, |builder| builder).await;
    assert_eq!(connection.restored(), Ok(true));
    assert_eq!(connection.buffered_amount(), 0);
}

#[tokio::test]
async fn a_store_that_fails_is_tried_again_and_in_nobodys_way() {
    let store = Memory::default();
    *store.fails.lock().unwrap() = true;
    let (connection, _server, mut arrived) = resumed(&store, |builder| builder).await;
    connection.send("all the same").await.unwrap();
    assert_eq!(within(arrived.recv()).await.as_deref(), Some("all the same"));
    assert_eq!(within(connection.saved()).await.unwrap_err().code(), "store.failed");
    *store.fails.lock().unwrap() = false;
    within(connection.saved()).await.unwrap();
    drop(connection);
    let (connection, ..) = resumed(&store, |builder| builder).await;
    assert_eq!(connection.restored(), Ok(true));
}

#[tokio::test]
async fn without_a_store_nothing_can_be_saved() {
    let connection = eager(url(free_address().await)).open().unwrap();
    assert_eq!(connection.restored(), Ok(false));
    assert_eq!(within(connection.saved()).await, Err(StoreError::None));
}
