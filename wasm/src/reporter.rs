//! What is reported, and when; JavaScript sends it: see reports.js.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use steadfast_core::connection::{Connection, ConnectionState};
use steadfast_core::event::Event;
use steadfast_core::report::{Advice, Report, Reporter as Machine, ReporterConfig, ReporterInput};
use steadfast_core::time::{Instant, duration_from_millis};

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::sink::Sink;
use crate::timer::Timer;
use crate::value::to_js;

/// The time and the record of the session for the core's reporter.
pub(crate) type Advance = fn(&mut Machine, Instant, &ConnectionState);

/// Carries out what the core's reporter decides.
#[derive(Debug)]
pub(crate) struct Reporter {
    clock: Clock,
    connection: Rc<RefCell<Connection>>,
    machine: RefCell<Machine>,
    sink: Sink,
    timer: Timer,
}

impl Reporter {
    pub(crate) fn new(
        config: ReporterConfig,
        clock: &Clock,
        connection: Rc<RefCell<Connection>>,
        sink: Sink,
    ) -> Result<Rc<Self>, Error> {
        let now = clock.now();
        let machine = Machine::new(config, seed(), now)?;
        let due = machine.poll_timeout();
        let reporter = Rc::new_cyclic(|reporter: &Weak<Self>| {
            let timed = reporter.clone();
            Self {
                clock: clock.clone(),
                connection,
                machine: RefCell::new(machine),
                sink,
                timer: Timer::new(move || {
                    if let Some(reporter) = timed.upgrade() {
                        reporter.time_has_passed();
                    }
                }),
            }
        });
        reporter.timer.arm(&reporter.clock, due);
        Ok(reporter)
    }

    /// Something happened to the session.
    pub(crate) fn record(&self, event: Event) {
        self.machine.borrow_mut().handle_event(event);
    }

    /// Sends what was not reported yet, for the last time.
    pub(crate) fn close(&self) {
        self.advance(Machine::flush, true);
        self.timer.cancel();
    }

    /// The page hides, is left, or is back: sends what is to be reported then, so that it arrives
    /// even if the page goes away now.
    pub(crate) fn turn_page(&self, turn: Advance) {
        self.advance(turn, true);
    }

    fn time_has_passed(&self) {
        self.advance(Machine::handle_timeout, false);
    }

    /// Sends the reports that follow; `last`, if the page may not be there any more to send another.
    fn advance(&self, advance: Advance, last: bool) {
        let now = self.clock.now();
        advance(&mut self.machine.borrow_mut(), now, self.connection.borrow().state());
        while let Some(report) = self.next_report() {
            self.sink.report(&to_js(&report), last);
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

    /// The collector answered with this status, 0 if it did not; and asked to be left alone for so
    /// many seconds, or to be told less.
    pub(crate) fn answered(
        &self,
        batch_id: String,
        status: u16,
        retry_after: Option<f64>,
        advice: Advice,
    ) {
        let input = match status {
            200..=299 => ReporterInput::Accepted { batch_id, advice },
            400..=499 if !matches!(status, 408 | 425 | 429) => ReporterInput::Refused { batch_id },
            _ => {
                let retry_after = retry_after.map(|seconds| duration_from_millis(seconds * 1e3));
                ReporterInput::Failed { batch_id, retry_after }
            }
        };
        let now = self.clock.now();
        self.machine.borrow_mut().handle_input(now, input);
        self.arm();
    }
}
