use crate::time::Instant;
use core::time::Duration;

/// The id of a ping on one connection; its pong carries the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PingId(pub u32);

/// The pings that were sent and not answered yet, on one socket.
///
/// Late ones are kept for a while: their pong, when it comes after all, is still a sample. At most
/// [`Self::KEPT`] are remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pings {
    in_flight: [Option<Ping>; Self::KEPT],
}

#[derive(Clone, Copy, Debug)]
struct Ping {
    id: PingId,
    sent_at: Instant,
    /// When it is late; absent once it was counted as missed, or excused.
    late_at: Option<Instant>,
    /// What went out on this socket before it.
    after: Mark,
    /// How much of its round trip that explains.
    behind: Duration,
}

/// A ping that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) rtt: Duration,
    /// What has arrived before it.
    pub(crate) after: Mark,
    /// How much of the round trip the bytes explain that were on their way before it, at most.
    pub(crate) behind: Duration,
}

/// A place in what goes out on a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The number of messages before it.
    pub(crate) messages: u64,
    /// The number of bytes of these messages.
    pub(crate) bytes: u64,
}

impl Pings {
    const KEPT: usize = 4;

    /// A ping was sent after these messages. It is late after `late_after`, if at all.
    ///
    /// Where all places are taken by pings that are neither answered nor late, it is not remembered:
    /// if the new ones pushed the old ones out, none would ever be late where they follow each other
    /// fast.
    pub(crate) fn sent(
        &mut self,
        id: PingId,
        now: Instant,
        late_after: Option<Duration>,
        after: Mark,
        behind: Duration,
    ) {
        let late_at = late_after.map(|late_after| now + late_after);
        let is_free = |slot: &&mut Option<Ping>| slot.is_none_or(|ping| ping.late_at.is_none());
        let free = self.in_flight.iter_mut().filter(is_free);
        // An empty place, or else the oldest.
        let slot = free.min_by_key(|slot| slot.map(|ping| ping.sent_at));
        if let Some(slot) = slot {
            *slot = Some(Ping { id, sent_at: now, late_at, after, behind });
        }
    }

    /// A pong came: its ping, if that is known.
    pub(crate) fn answered(&mut self, id: PingId, now: Instant) -> Option<Answered> {
        let slot = self.in_flight.iter_mut().find(|slot| slot.is_some_and(|ping| ping.id == id))?;
        let Ping { sent_at, after, behind, .. } = slot.take()?;
        Some(Answered { rtt: now.saturating_since(sent_at), after, behind })
    }

    /// What is in flight overlaps a pause: it is not missed, and its pong is no sample.
    pub(crate) fn forget(&mut self) {
        self.in_flight = <_>::default();
    }

    /// Something else came: the peer lives, so none of these pings will count as missed.
    pub(crate) fn excuse(&mut self) {
        self.in_flight.iter_mut().flatten().for_each(|ping| ping.late_at = None);
    }

    /// No ping is late before this.
    pub(crate) fn wait_until(&mut self, at: Instant) {
        let late = self.in_flight.iter_mut().flatten().filter_map(|ping| ping.late_at.as_mut());
        late.for_each(|late_at| *late_at = at.max(*late_at));
    }

    /// When the first ping that nothing excuses is late.
    pub(crate) fn late_at(&self) -> Option<Instant> {
        self.in_flight.iter().flatten().filter_map(|ping| ping.late_at).min()
    }

    /// Marks one ping that is late by now as missed, and gives the time at which it was sent.
    pub(crate) fn take_late(&mut self, now: Instant) -> Option<Instant> {
        let mut waiting = self.in_flight.iter_mut().flatten();
        let late = waiting.find(|ping| ping.late_at.is_some_and(|late_at| late_at <= now))?;
        late.late_at = None;
        Some(late.sent_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn answered(rtt: u32, after: Mark, behind: u32) -> Answered {
        Answered { rtt: rtt * SECOND, after, behind: behind * SECOND }
    }

    #[test]
    fn a_pong_is_matched_to_its_ping_by_id() {
        let mut pings = Pings::default();
        pings.sent(PingId(1), Instant::ORIGIN, Some(SECOND), Mark::default(), Duration::ZERO);
        let mark = Mark { messages: 7, bytes: 700 };
        pings.sent(PingId(2), Instant::ORIGIN + SECOND, Some(SECOND), mark, SECOND);
        let now = Instant::ORIGIN + 3 * SECOND;
        assert_eq!(pings.answered(PingId(1), now), Some(answered(3, Mark::default(), 0)));
        assert_eq!(pings.answered(PingId(1), now), None, "answered twice");
        assert_eq!(pings.answered(PingId(9), now), None, "never sent");
        assert_eq!(pings.answered(PingId(2), now), Some(answered(2, mark, 1)));
    }

    #[test]
    fn a_late_ping_is_counted_once_and_its_pong_is_still_a_sample() {
        let mut pings = Pings::default();
        pings.sent(PingId(1), Instant::ORIGIN, Some(SECOND), Mark::default(), Duration::ZERO);
        assert_eq!(pings.take_late(Instant::ORIGIN), None);
        let late = Instant::ORIGIN + SECOND;
        assert_eq!(pings.take_late(late), Some(Instant::ORIGIN));
        assert_eq!(pings.take_late(late), None);
        assert_eq!(pings.late_at(), None);
        assert_eq!(pings.answered(PingId(1), late), Some(answered(1, Mark::default(), 0)));
    }

    #[test]
    fn pings_are_late_although_more_are_in_flight_than_are_remembered() {
        let mut pings = Pings::default();
        let at = |second| Instant::ORIGIN + second * SECOND;
        let late = |pings: &mut Pings, now| (0..10).filter_map(|_| pings.take_late(now)).count();
        for second in 0..6 {
            pings.sent(
                PingId(second),
                at(second),
                Some(6 * SECOND),
                Mark::default(),
                Duration::ZERO,
            );
            assert_eq!(late(&mut pings, at(second)), 0);
        }
        assert_eq!([6, 7, 8].map(|second| late(&mut pings, at(second))), [1; 3]);
    }

    #[test]
    fn an_excused_ping_is_never_late() {
        let mut pings = Pings::default();
        pings.sent(PingId(1), Instant::ORIGIN, Some(SECOND), Mark::default(), Duration::ZERO);
        pings.excuse();
        assert_eq!(pings.take_late(Instant::ORIGIN + 100 * SECOND), None);
    }
}
