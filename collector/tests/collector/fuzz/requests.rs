//! Requests to a real collector, of parts that mean something to it and of parts that do not.

use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use reqwest::{Method, Url};
use steadfast_collector::{Collector, Config, addresses};
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    address: u8,
    method: u8,
    key: Key<'a>,
    parts: [&'a str; 2],
    query: Vec<(u8, &'a str)>,
    headers: Vec<(u8, &'a str)>,
    body: &'a [u8],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Key<'a> {
    Any(&'a str),
    None,
    Publishable,
    Secret,
}

/// A collector that serves all cases.
struct Served {
    runtime: Runtime,
    collector: Collector,
    client: reqwest::Client,
    keys: [String; 2],
    _folder: TempDir,
}

const METHODS: [Method; 6] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD];

const PARAMETERS: [&str; 14] = [
    "limit", "offset", "status", "user", "from", "until", "minutes", "before", "after", "key",
    "ticket", "cursor", "search", "x",
];

const HEADERS: [&str; 8] = [
    "content-type",
    "content-encoding",
    "origin",
    "accept",
    "if-none-match",
    "range",
    "access-control-request-method",
    "sec-websocket-protocol",
];

/// Whatever is asked is answered, and never with a failure.
///
/// # Panics
///
/// If not.
pub(crate) fn requests(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let served = served();
    let Some(request) = served.request(&case) else { return };
    let status = served.runtime.block_on(async {
        let answer = served.client.execute(request).await.unwrap();
        let status = answer.status();
        let body = answer.bytes().await.unwrap();
        assert!(!status.is_client_error() || case.method == 5 || !body.is_empty(), "{status}");
        status
    });
    assert!(!status.is_server_error(), "{status} to {case:?}");
}

fn served() -> &'static Served {
    static SERVED: OnceLock<Served> = OnceLock::new();
    SERVED.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            database: folder.path().join("steadfast.db").into(),
            ..Config::default()
        };
        let collector = runtime.block_on(Collector::start(config)).unwrap();
        let [publishable, secret] = collector.first_keys() else { panic!("a key of each kind") };
        let keys = [publishable.reveal().to_owned(), secret.reveal().to_owned()];
        let client = reqwest::Client::new();
        Served { runtime, collector, client, keys, _folder: folder }
    })
}

impl Served {
    /// The request, if it can be sent at all.
    fn request(&self, case: &Case<'_>) -> Option<reqwest::Request> {
        let addresses = addresses();
        let (method, template) = addresses[usize::from(case.address) % addresses.len()];
        // As often as not the one that the address is for.
        let method = match usize::from(case.method) {
            other if other < METHODS.len() => METHODS[other].clone(),
            _ => method.parse().ok()?,
        };
        let mut url = Url::parse(&format!("http://{}", self.collector.address())).ok()?;
        let mut parts = case.parts.iter();
        let segments = template.split('/').skip(1).map(|segment| {
            if segment.starts_with('{') { parts.next().copied().unwrap_or("x") } else { segment }
        });
        url.path_segments_mut().ok()?.clear().extend(segments);
        for (name, value) in &case.query {
            let name = PARAMETERS[usize::from(*name) % PARAMETERS.len()];
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut request = self.client.request(method, url);
        request = match case.key {
            Key::Any(key) => request.header("authorization", format!("Bearer {key}")),
            Key::None => request,
            Key::Publishable => request.bearer_auth(&self.keys[0]),
            Key::Secret => request.bearer_auth(&self.keys[1]),
        };
        for (name, value) in &case.headers {
            request = request.header(HEADERS[usize::from(*name) % HEADERS.len()], *value);
        }
        request.body(case.body.to_vec()).build().ok()
    }
}
