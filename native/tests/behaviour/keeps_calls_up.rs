//! A channel of gRPC: what is sent are calls, what comes are their answers, and a health check is
//! the heartbeat.

use std::net::SocketAddr;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use steadfast::connector::{Connector, Dial, Incoming, Link, Lost, Outgoing};
use steadfast::{Cause, Connection, Status};
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::ask::{becomes, eagerly, quick_heartbeat, within};
use crate::server::free_address;

/// Opens channels, and hands each to whoever makes calls.
struct Grpc {
    endpoint: Endpoint,
    channel: watch::Sender<Option<Channel>>,
}

impl Connector for Grpc {
    type Link = Calls;

    async fn connect(&self, _: Dial) -> Result<Calls, Lost> {
        let channel = self.endpoint.connect().await.map_err(|_| Lost::from(Cause::Network))?;
        self.channel.send_replace(Some(channel.clone()));
        Ok(Calls { health: HealthClient::new(channel), under_way: FuturesUnordered::new() })
    }

    fn peer(&self) -> Option<&str> {
        self.endpoint.uri().host()
    }
}

/// A channel, and the calls that nobody has answered yet.
struct Calls {
    health: HealthClient<Channel>,
    under_way: FuturesUnordered<BoxFuture<'static, Result<Incoming<i32>, Lost>>>,
}

impl Link for Calls {
    type Outgoing = String;
    type Incoming = i32;

    fn start_send(&mut self, item: Outgoing<String>) -> Result<(), Lost> {
        let (service, ping) = match item {
            Outgoing::Message(service) => (service, None),
            Outgoing::Ping(id) => (String::new(), Some(id)),
            _ => return Ok(()),
        };
        let mut health = self.health.clone();
        let call = async move {
            match health.check(HealthCheckRequest { service }).await {
                Ok(answer) => Ok(match ping {
                    Some(id) => Incoming::Pong(id),
                    None => Incoming::Message(answer.into_inner().status),
                }),
                Err(_) => Err(Cause::Network.into()),
            }
        };
        self.under_way.push(call.boxed());
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming<i32>, Lost>> {
        match self.under_way.poll_next_unpin(cx) {
            Poll::Ready(Some(answer)) => Poll::Ready(answer),
            // Without calls there are no answers.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

/// Says of the service `live` that it is up. Has a runtime of its own, with which all its
/// connections go at once.
async fn serve(address: SocketAddr) -> Runtime {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("live", ServingStatus::Serving).await;
    let server = Server::builder().add_service(health).serve(address);
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.spawn(async move { server.await.unwrap() });
    runtime
}

#[tokio::test]
async fn a_channel_is_kept_up_over_restarts_of_its_server() {
    let address = free_address().await;
    let (sender, mut channel) = watch::channel(None);
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let builder = steadfast::connect_with(Grpc { endpoint, channel: sender });
    let mut connection: Connection<i32, String> =
        eagerly(builder).heartbeat(quick_heartbeat()).open().unwrap();
    for restart in 0..3 {
        connection.try_send("live").unwrap();
        let server = serve(address).await;
        assert_eq!(within(connection.next()).await, Some(ServingStatus::Serving as i32));

        // Whoever has calls of their own takes the channel.
        let open = channel.borrow_and_update().clone().unwrap();
        let request = HealthCheckRequest { service: "live".into() };
        let answer = within(HealthClient::new(open).check(request)).await.unwrap();
        assert_eq!(answer.into_inner().status, ServingStatus::Serving as i32);

        within(connection.wait_until(|state| state.latency.is_some())).await.unwrap();
        assert_eq!(connection.state().total_disconnections, restart);
        server.shutdown_background();
        becomes(&connection, Status::Reconnecting).await;
    }
}
