use steadfast::Status;
use tokio::sync::mpsc;

use crate::ask::{becomes, eager, within};
use crate::server::{Server, collect, free_address, url};

#[tokio::test]
async fn what_is_sent_without_a_link_arrives_in_order_and_once() {
    let address = free_address().await;
    let connection = eager(url(address)).open().unwrap();
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let mut sent = 0..;
    for restart in 0..3 {
        let batch: Vec<_> = sent.by_ref().take(100).map(|n: u32| n.to_string()).collect();
        for text in &batch {
            connection.try_send(text.as_str()).unwrap();
        }
        let server = Server::start_at(address, collect(texts.clone())).await;
        for text in &batch {
            assert_eq!(within(arrived.recv()).await.as_ref(), Some(text), "restart {restart}");
        }
        within(connection.drained()).await.unwrap();
        server.stop().await;
        becomes(&connection, Status::Reconnecting).await;
    }
    assert!(arrived.try_recv().is_err(), "something arrived twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_of_many_senders_all_arrive_and_each_senders_in_order() {
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let server = Server::start(collect(texts)).await;
    let connection = eager(server.url()).open().unwrap();
    for sender in 0..4 {
        let handle = connection.sender();
        tokio::spawn(async move {
            for number in 0..500 {
                handle.send(format!("{sender} {number}")).await.unwrap();
            }
        });
    }
    let mut next = [0; 4];
    for _ in 0..2000 {
        let text = within(arrived.recv()).await.unwrap();
        let (sender, number) = text.split_once(' ').unwrap();
        let next = &mut next[sender.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*next));
        *next += 1;
    }
}

#[tokio::test]
async fn a_large_message_that_a_dying_link_cut_off_arrives_whole_on_the_next() {
    let address = free_address().await;
    // Reads nothing, so that the message gets stuck half way.
    let server = Server::start_at(address, crate::server::ignore).await;
    let connection = eager(url(address)).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let large = "x".repeat(14 << 20);
    connection.try_send(large.as_str()).unwrap();
    let drained = tokio::time::timeout(std::time::Duration::from_millis(300), connection.drained());
    assert!(drained.await.is_err(), "it fit into the kernel's buffers");
    server.stop().await;
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    assert_eq!(within(arrived.recv()).await.map(|text| text.len()), Some(large.len()));
}
