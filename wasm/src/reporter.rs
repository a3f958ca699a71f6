//! Reports, by `fetch`.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::{JSON, Object, Promise, Reflect};
use steadfast_core::connection::Connection;
use steadfast_core::event::Event;
use steadfast_core::report::{Report, Reporter as Machine, ReporterInput};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Headers, RequestCredentials, RequestInit, Response};

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::options::ReportOptions;
use crate::sink::Sink;
use crate::timer::Timer;
use crate::value::to_js;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// How long the collector may take, in milliseconds.
const TIMEOUT: u32 = 10_000;
/// How long it may take when somebody waits for the connection to close.
const LAST_TIMEOUT: u32 = 5_000;

/// Carries out what the core's reporter decides.
#[derive(Debug)]
pub(crate) struct Reporter {
    clock: Clock,
    connection: Rc<RefCell<Connection>>,
    machine: RefCell<Machine>,
    url: String,
    key: String,
    sink: Sink,
    timer: Timer,
    under_way: RefCell<Option<AbortController>>,
}

/// What the collector made of a report.
enum Answer {
    Accepted,
    Failed { retry_after: Option<Duration> },
    Refused { status: u16 },
}

/// A request that was begun.
struct Request {
    answer: Promise,
    abort: AbortController,
    _timeout: Timeout,
}

impl Reporter {
    pub(crate) fn new(
        options: ReportOptions,
        clock: &Clock,
        connection: Rc<RefCell<Connection>>,
        sink: Sink,
    ) -> Result<Rc<Self>, Error> {
        let now = clock.now();
        let machine = Machine::new(options.config, seed(), now)?;
        let due = machine.poll_timeout();
        let reporter = Rc::new_cyclic(|reporter: &Weak<Self>| {
            let timed = reporter.clone();
            Self {
                clock: clock.clone(),
                connection,
                machine: RefCell::new(machine),
                url: options.url,
                key: options.key,
                sink,
                timer: Timer::new(move || {
                    if let Some(reporter) = timed.upgrade() {
                        reporter.time_has_passed();
                    }
                }),
                under_way: RefCell::default(),
            }
        });
        reporter.timer.arm(&reporter.clock, due);
        Ok(reporter)
    }

    /// Something happened to the session.
    pub(crate) fn record(&self, event: &Event) {
        self.machine.borrow_mut().handle_event(event);
    }

    /// Sends what was not reported yet, and waits for a while until it arrived.
    pub(crate) async fn close(self: Rc<Self>) {
        self.timer.cancel();
        if let Some(abort) = self.under_way.take() {
            abort.abort();
        }
        let now = self.clock.now();
        self.machine.borrow_mut().flush(now, self.connection.borrow().state());
        // All are begun before one is waited for: the page may be going away.
        let requests: Vec<_> = std::iter::from_fn(|| self.machine.borrow_mut().poll_output())
            .filter_map(|report| self.request(&report, true).ok())
            .collect();
        for request in requests {
            if let Answer::Refused { status } = request.answer().await {
                self.tell_refusal(status);
            }
        }
    }

    /// Sends what was not reported yet, so that it arrives even if the page goes away now.
    pub(crate) fn hurry(self: &Rc<Self>) {
        // Sent once more, in a way that outlives the page.
        if let Some(abort) = self.under_way.take() {
            abort.abort();
        }
        let now = self.clock.now();
        self.machine.borrow_mut().hurry(now, self.connection.borrow().state());
        self.send_next(true);
    }

    fn time_has_passed(self: &Rc<Self>) {
        let now = self.clock.now();
        self.machine.borrow_mut().handle_timeout(now, self.connection.borrow().state());
        self.send_next(false);
    }

    /// Sends a report if one is due; `last`, if the page may not be there any more to send another.
    fn send_next(self: &Rc<Self>, last: bool) {
        if let Some(report) = self.next_report() {
            // Begun before this returns: nothing may run afterwards.
            let request = self.request(&report, last);
            if let Ok(request) = &request {
                self.under_way.replace(Some(request.abort.clone()));
            }
            let reporter = Rc::clone(self);
            spawn_local(async move { reporter.deliver(report.batch_id, request).await });
        }
        self.arm();
    }

    fn next_report(&self) -> Option<Report> {
        self.machine.borrow_mut().poll_output()
    }

    fn arm(&self) {
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, due);
    }

    async fn deliver(&self, batch_id: String, request: Result<Request, JsValue>) {
        let answer = match request {
            Ok(request) => {
                let abort = request.abort.clone();
                let answer = request.answer().await;
                let is_current = |current: &mut AbortController| Object::is(current, &abort);
                if self.under_way.borrow_mut().take_if(is_current).is_none() {
                    // It was sent once more meanwhile.
                    return;
                }
                answer
            }
            Err(_) => Answer::Failed { retry_after: None },
        };
        let input = match answer {
            Answer::Accepted => ReporterInput::Accepted { batch_id },
            Answer::Failed { retry_after } => ReporterInput::Failed { batch_id, retry_after },
            Answer::Refused { status } => {
                self.tell_refusal(status);
                ReporterInput::Refused { batch_id }
            }
        };
        self.machine.borrow_mut().handle_input(self.clock.now(), input);
        self.arm();
    }

    fn tell_refusal(&self, status: u16) {
        let message = ["the collector refused a report with status ", &status.to_string()].concat();
        self.sink.error(&Error::new("report.refused", &message).into());
    }

    fn request(&self, report: &Report, last: bool) -> Result<Request, JsValue> {
        let headers = Headers::new()?;
        headers.set("authorization", &["Bearer ", &self.key].concat())?;
        headers.set("content-type", "application/json")?;
        let abort = AbortController::new()?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_body(&JSON::stringify(&to_js(report))?.into());
        init.set_credentials(RequestCredentials::Omit);
        init.set_signal(Some(&abort.signal()));
        // Lets the request outlive the page.
        Reflect::set(&init, &"keepalive".into(), &last.into())?;
        let answer = fetch(&self.url, &init)?;
        let aborted = abort.clone();
        let timeout =
            Timeout::new(if last { LAST_TIMEOUT } else { TIMEOUT }, move || aborted.abort());
        Ok(Request { answer, abort, _timeout: timeout })
    }
}

impl Request {
    async fn answer(self) -> Answer {
        let Ok(response) = JsFuture::from(self.answer).await else {
            return Answer::Failed { retry_after: None };
        };
        let response: Response = response.unchecked_into();
        let status = response.status();
        let retry_after = response.headers().get("retry-after").ok().flatten();
        if let Ok(body) = response.text() {
            // Read to the end and thrown away, so that the network connection can be used again.
            let _ = JsFuture::from(body).await;
        }
        match status {
            200..=299 => Answer::Accepted,
            408 | 425 | 429 => Answer::Failed { retry_after: seconds(retry_after) },
            400..=499 => Answer::Refused { status },
            _ => Answer::Failed { retry_after: seconds(retry_after) },
        }
    }
}

/// A header such as `Retry-After: 30`. Dates are passed over.
fn seconds(header: Option<String>) -> Option<Duration> {
    header?.trim().parse().ok().map(Duration::from_secs)
}
