/// Why nothing can be said or done for a while, on this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Suspension {
    /// The page went into the back/forward cache. Its link is closed at once: an open one keeps a
    /// page out of that cache, or is closed by the browser.
    Cached,
    /// The page was frozen. Its link is kept, and no timer runs.
    Frozen,
    /// The page is hidden. Its link is kept, and is pinged at the interval of the last known level, but
    /// its quality is not judged, as timers are throttled. A timer that is late by up to 65 s is no pause.
    /// Where
    /// [`suspend_hidden_after`](super::ConnectionConfig::suspend_hidden_after) says so, the link
    /// is let go of after a while.
    Hidden,
    /// The system says that there is no network. That is a hint: a link that is up is probed, and
    /// without one dialling goes on, first after 2 s and at last once a minute.
    Offline,
    /// The page is being prerendered: nobody has seen it yet, and perhaps nobody ever will. Nothing
    /// is dialled.
    Prerendered,
}

/// Those that hold now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Suspensions(u8);

impl Suspensions {
    pub(super) fn insert(&mut self, why: Suspension) {
        self.0 |= bit(why);
    }

    pub(super) fn remove(&mut self, why: Suspension) {
        self.0 &= !bit(why);
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn bit(why: Suspension) -> u8 {
    1 << why as u8
}
