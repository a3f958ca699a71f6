use futures::{SinkExt as _, StreamExt as _};
use steadfast::Message;

use crate::ask::{eager, within};
use crate::server::{Server, echo};

#[tokio::test]
async fn a_connection_is_a_stream_and_a_sink_that_can_be_split() {
    let server = Server::start(echo).await;
    let connection = eager(server.url()).open().unwrap();
    let (mut sink, stream) = connection.split();
    let numbers: Vec<_> = (0..10).map(|number| Message::text(number.to_string())).collect();
    let mut to_send = futures::stream::iter(numbers.clone()).map(Ok);
    within(sink.send_all(&mut to_send)).await.unwrap();
    assert_eq!(within(stream.take(10).collect::<Vec<_>>()).await, numbers);
}
