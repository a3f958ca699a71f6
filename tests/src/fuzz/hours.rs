//! An hour of a connection that never gets a link which holds, whatever the server does with its dials and whatever
//! happens on this side.

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use steadfast_core::connection::{Connection, Input, Output, SocketId};
use steadfast_core::protocol::Hint;
use steadfast_core::time::Instant;

use super::steps::{Reason, Setup, Why};

/// What every dial meets.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// It accepts, and closes after this many hundredths of a second.
    Accepts(u8),
    /// One outcome after the other.
    Mixed,
    /// It refuses, after this many hundredths of a second.
    Refuses(u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Outcome {
    /// It opens, and its link is lost after this many hundredths of a second.
    Dropped(u8, Why),
    Refused(u8, Why),
    /// It reaches the server, and is refused.
    Rejected(u8, Why),
    /// Nothing comes.
    Silent,
}

/// What changes on this side, and the time before, in hundredths of a second.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct News(u8, Change);

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Change {
    ClockSet,
    Network,
    Resume(Reason),
    Slept,
    Suspend(Reason),
}

/// The number of attempts in an hour that a server gets which accepts and closes, without news.
const ACCEPTED: usize = 350;

/// The same of a server that refuses. From the ninth failure on attempts are 5 to 10 s apart, and 7.5 s on average.
const REFUSED: usize = 520;

/// The number of attempts in an hour that news add.
const HASTENED: usize = 50;

/// The number of attempts within 20 s that a server gets which accepts and closes, after the first, which the user asked for; and
/// how many news add: one in 10 s.
const ACCEPTED_AT_ONCE: usize = 5;
const HASTENED_AT_ONCE: usize = 3;
const AT_ONCE: Duration = Duration::from_secs(20);

const HOUR: Duration = Duration::from_hours(1);

/// More outcomes or news than these, repeated for an hour, tell nothing more.
const MOST: usize = 16;

/// The number of dials in an hour is bounded, and so is that within 20 s at a server that accepts links and closes them.
///
/// # Panics
///
/// If not.
pub fn hours(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let (Ok(setup), Ok(server)) = (Setup::arbitrary(&mut bytes), Server::arbitrary(&mut bytes))
    else {
        return;
    };
    let setup = setup.adaptive();
    let outcomes = match server {
        Server::Accepts(after) => vec![Outcome::Dropped(after, Why::ByPeer(1001))],
        Server::Mixed => many(&mut bytes),
        Server::Refuses(after) => vec![Outcome::Refused(after, Why::Network)],
    };
    let news = many(&mut bytes);
    if outcomes.is_empty() {
        return;
    }
    let mut hour = Hour::new(&setup, outcomes, news);
    hour.pass();
    hour.judge(server);
}

fn many<'a, T: Arbitrary<'a>>(bytes: &mut Unstructured<'a>) -> Vec<T> {
    let mut many = Vec::new();
    while many.len() < MOST
        && !bytes.is_empty()
        && let Ok(next) = T::arbitrary(bytes)
    {
        many.push(next);
    }
    many
}

struct Hour {
    machine: Connection,
    now: Instant,
    outcomes: std::iter::Cycle<std::vec::IntoIter<Outcome>>,
    news: std::iter::Cycle<std::vec::IntoIter<News>>,
    /// The end of the present dial or link, and its time.
    next: Option<(Instant, Input)>,
    /// When each attempt was made. The second dial of an attempt is none.
    attempts: Vec<Instant>,
    has_news: bool,
}

impl Hour {
    fn new(setup: &Setup, outcomes: Vec<Outcome>, news: Vec<News>) -> Self {
        let machine = Connection::new(setup.config(), setup.seed, Instant::ORIGIN);
        let mut machine = machine.expect("the setup makes sense");
        machine.set_offers(setup.offers);
        let mut hour = Self {
            machine,
            now: Instant::ORIGIN,
            outcomes: outcomes.into_iter().cycle(),
            has_news: !news.is_empty(),
            news: news.into_iter().cycle(),
            next: None,
            attempts: Vec::new(),
        };
        hour.input(Input::Open);
        hour
    }

    fn pass(&mut self) {
        let end = self.now + HOUR;
        let mut news = self.news.next();
        let mut changed_at = self.now;
        loop {
            let due = self.machine.poll_timeout().map(|due| due.at);
            let ends = self.next.as_ref().map(|(at, _)| *at);
            let changes = news.map(|News(after, _)| changed_at + hundredths(after.max(1)));
            let first = due.into_iter().chain(ends).chain(changes).min();
            let Some(first) = first.filter(|at| *at < end) else { return };
            self.now = self.now.max(first);
            if ends == Some(first) {
                if let Some((_, input)) = self.next.take() {
                    self.ends(input);
                }
            } else if changes == Some(first) {
                let change = news.map(|News(_, change)| change.input());
                (news, changed_at) = (self.news.next(), self.now);
                change.into_iter().for_each(|input| self.input(input));
            } else {
                self.machine.handle_timeout(self.now);
                self.obey(false);
            }
        }
    }

    fn ends(&mut self, input: Input) {
        let is_lost = matches!(input, Input::Lost { .. });
        self.machine.handle_input(self.now, input);
        self.obey(is_lost);
    }

    fn input(&mut self, input: Input) {
        self.machine.handle_input(self.now, input);
        self.obey(false);
    }

    /// `has_failed`: a dial has, so that the attempt may go on with a second one.
    fn obey(&mut self, has_failed: bool) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Close { .. } => self.next = None,
                Output::Dial { socket, refresh, .. } => {
                    if refresh || !has_failed {
                        self.attempts.push(self.now);
                    }
                    self.dialled(socket);
                }
                _ => {}
            }
        }
    }

    fn dialled(&mut self, socket: SocketId) {
        let lost = |why: Why| Input::Lost { socket, cause: why.cause(), hint: Hint::NONE };
        self.next = match self.outcomes.next() {
            Some(Outcome::Dropped(after, why)) => {
                self.machine.handle_input(self.now, Input::Reached { socket });
                self.machine.handle_input(self.now, Input::Opened { socket, reliable: false });
                Some((self.now + hundredths(after), lost(why)))
            }
            Some(Outcome::Refused(after, why)) => Some((self.now + hundredths(after), lost(why))),
            Some(Outcome::Rejected(after, why)) => {
                self.machine.handle_input(self.now, Input::Reached { socket });
                Some((self.now + hundredths(after), lost(why)))
            }
            Some(Outcome::Silent) | None => None,
        };
    }

    fn judge(&self, server: Server) {
        let is_accepted = matches!(server, Server::Accepts(_));
        // A link that this side gives up for the news is followed by the waits after a refusal.
        let most = match (is_accepted, self.has_news) {
            (true, false) => ACCEPTED,
            (false, false) => REFUSED,
            (_, true) => REFUSED + HASTENED,
        };
        let at_once = if self.has_news { HASTENED_AT_ONCE } else { 0 };
        let made = self.attempts.len();
        assert!(made <= most, "{made} attempts in an hour, not {most}: {server:?}");
        let most = at_once + ACCEPTED_AT_ONCE;
        for (index, from) in self.attempts.iter().enumerate().skip(1).filter(|_| is_accepted) {
            let within = self.attempts[index..].iter().take_while(|at| **at < *from + AT_ONCE);
            let made = within.count();
            assert!(made <= most, "{made} attempts within 20 s, not {most}, from {from:?}");
        }
    }
}

impl Change {
    fn input(self) -> Input {
        match self {
            Self::ClockSet => Input::MayHaveSlept(Duration::from_secs(10)),
            Self::Network => Input::NetworkChanged,
            Self::Resume(reason) => Input::Resume(reason.suspension()),
            Self::Slept => Input::Slept(Duration::from_secs(3)),
            Self::Suspend(reason) => Input::Suspend(reason.suspension()),
        }
    }
}

fn hundredths(hundredths: u8) -> Duration {
    Duration::from_millis(u64::from(hundredths) * 10)
}
