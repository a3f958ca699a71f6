//! How often dials may be made, and what one that failed may be called.

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::connection::Cause;
use steadfast_core::retry::FailureClass;
use steadfast_core::time::Instant;

use crate::fuzz::steps::{Setup, Step, Strategy};

/// The dials of the last minutes, and what may have hastened them.
pub(super) struct Dials {
    is_adaptive: bool,
    sees: bool,
    made: VecDeque<Instant>,
    connected_at: Option<Instant>,
    hastened: VecDeque<Instant>,
    /// News of this side, of which one in ten seconds hastens an attempt.
    news: VecDeque<Instant>,
}

const WINDOW: Duration = Duration::from_mins(1);

/// From the first failure on, the ladder of refusals allows 7 dials in 12 s, and one in 5 s after that.
const IN_A_WINDOW: usize = 20;

/// After a link that was stable, an attempt that was hastened or a hint of the server, a ladder may begin anew.
const FOR_EACH_HASTENED: usize = 8;

/// An attempt that news hastened leaves the ladder as it is.
const FOR_EACH_NEWS: usize = 2;

/// News of this side hasten one attempt in this time, however often they come.
const NEWS_APART: Duration = Duration::from_secs(10);

/// A link is stable after this time.
const STABLE: Duration = Duration::from_secs(10);

/// A dial that fails after less was refused.
const SILENT: Duration = Duration::from_secs(5);

impl Dials {
    pub(super) fn new(setup: &Setup) -> Self {
        let is_adaptive = matches!(setup.strategy, Strategy::Adaptive);
        Self {
            is_adaptive,
            sees: setup.sees,
            made: VecDeque::new(),
            connected_at: None,
            hastened: VecDeque::new(),
            news: VecDeque::new(),
        }
    }

    /// Whatever else happens leaves the ladder as it is.
    pub(super) fn may_hasten(&mut self, now: Instant, step: &Step) {
        let leaves_the_ladder = matches!(
            step,
            Step::Deadline
                | Step::Timeout
                | Step::Wait(_)
                | Step::Asks(..)
                | Step::Reached(_)
                | Step::Lost(..)
                | Step::Send(..)
                | Step::Alive(_)
                | Step::ClosedCleanly(_)
                | Step::Received(_)
                | Step::Pong(..)
                | Step::Opened(..)
        );
        let is_news = matches!(
            step,
            Step::NetworkChanged
                | Step::MayHaveSlept(_)
                | Step::Slept(_)
                | Step::Suspend(_)
                | Step::Resume(_)
        );
        if is_news {
            let is_recent = |at: &Instant| now.saturating_since(*at) < NEWS_APART;
            if !self.news.back().is_some_and(is_recent) {
                self.news.push_back(now);
            }
            return;
        }
        let is_wish = matches!(step, Step::Lost(_, _, wish) if wish.hint().asks_to_wait());
        if !leaves_the_ladder || is_wish {
            self.hastened.push_back(now);
        }
    }

    /// A dial is made.
    pub(super) fn dialled(&mut self, now: Instant, refresh: bool) {
        self.made.push_back(now);
        if refresh {
            self.hastened.push_back(now);
        }
        let is_old = |at: &Instant, age: Duration| now.saturating_since(*at) > age;
        while self.made.front().is_some_and(|at| is_old(at, WINDOW)) {
            self.made.pop_front();
        }
        while self.hastened.front().is_some_and(|at| is_old(at, WINDOW * 2)) {
            self.hastened.pop_front();
        }
        while self.news.front().is_some_and(|at| is_old(at, WINDOW * 2)) {
            self.news.pop_front();
        }
        let hastened = FOR_EACH_HASTENED * self.hastened.len() + FOR_EACH_NEWS * self.news.len();
        let most = IN_A_WINDOW + hastened;
        let made = self.made.len();
        assert!(!self.is_adaptive || made <= most, "{made} dials within a minute, not {most}");
    }

    /// A link that was stable lets the ladder begin anew.
    pub(super) fn linked(&mut self, now: Instant, is_up: bool) {
        let since = self.connected_at.take();
        self.connected_at = is_up.then_some(now);
        if since.is_some_and(|since| now.saturating_since(since) >= STABLE) {
            self.hastened.push_back(now);
        }
    }

    /// Waits follow the class: that of the cause, unless it is known how far the dial had come.
    pub(super) fn failed(&self, now: Instant, class: Option<FailureClass>, cause: Cause) {
        if class == Some(cause.failure().class) {
            return;
        }
        let since = self.made.back().map(|at| now.saturating_since(*at));
        match class {
            Some(FailureClass::Overload) => {
                assert!(since.is_some_and(|since| since >= SILENT), "{cause} after {since:?}");
            }
            Some(FailureClass::Transport) => {
                assert!(self.sees && cause == Cause::ConnectTimeout, "{cause}");
            }
            class => panic!("{cause} is no {class:?}"),
        }
    }
}
