//! One direction of a TCP connection.
//!
//! The sender has Linux's time-out, `SRTT + max(200 ms, 4·RTTVAR)` by RFC 6298 with Karn's rule, 1 s before there is
//! a sample. It doubles with each retransmission of the oldest segment, and while it does, nothing new is sent (a
//! congestion window of one segment). A segment is retransmitted at once when three that left after it have arrived.
//! Where nothing is lost, congestion control is ideal: the bottleneck is busy, its queue is the sender's buffer, and
//! connections share it evenly.

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::time::Instant;

use super::path::Weather;

const LEAST_MARGIN: Duration = Duration::from_millis(200);
const LONGEST_TIMEOUT: Duration = Duration::from_mins(2);
/// The most bytes in one segment.
const SEGMENT: u64 = 1400;
/// The number of later arrivals that say that a segment is lost.
const LATER_ARRIVALS: usize = 3;

/// What the last segment of a write carries to the other side.
pub(super) type Payload = Option<super::world::What>;

struct Segment {
    number: u64,
    bytes: u64,
    payload: Payload,
    /// When it left the last time; absent if it never did.
    left_at: Option<Instant>,
    was_repeated: bool,
    has_arrived: bool,
    is_acknowledged: bool,
}

/// A segment, or an acknowledgement, is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flight {
    /// The segment of this number; all before the second number have arrived in the other direction.
    Segment(u64, u64),
    /// All before the first number have arrived, and the segment of the second.
    Ack(u64, u64),
    Timeout(u64),
    /// The bottleneck has room for the next segment.
    Room,
}

pub(super) struct Stream {
    segments: VecDeque<Segment>,
    next: u64,
    /// The first that has not arrived.
    pub(super) delivered: u64,
    /// What its segments acknowledge of the other direction.
    pub(super) acknowledges: u64,
    busy_until: Instant,
    /// Whether [`Flight::Room`] will tell when the next segment leaves.
    waits_for_room: bool,
    last_arrival: Instant,
    last_ack: Instant,
    srtt: Option<(Duration, Duration)>,
    backoff: u32,
    /// The only time-out that counts.
    timer: u64,
}

impl Stream {
    /// `sample`: the round trip of the handshake, if no segment of it was lost.
    pub(super) fn new(sample: Option<Duration>) -> Self {
        Self {
            segments: VecDeque::new(),
            next: 0,
            delivered: 0,
            acknowledges: 0,
            busy_until: Instant::ORIGIN,
            waits_for_room: false,
            last_arrival: Instant::ORIGIN,
            last_ack: Instant::ORIGIN,
            srtt: sample.map(|rtt| (rtt, rtt / 2)),
            backoff: 0,
            timer: 0,
        }
    }

    pub(super) fn write(
        &mut self,
        now: Instant,
        bytes: u64,
        payload: Payload,
        weather: &mut Weather,
    ) -> Vec<(Instant, Flight)> {
        let was_empty = self.segments.is_empty();
        let count = bytes.div_ceil(SEGMENT).max(1);
        for index in 0..count {
            let bytes = (bytes - index * SEGMENT).min(SEGMENT);
            let payload = payload.filter(|_| index + 1 == count);
            let number = self.next;
            self.next += 1;
            let (left_at, was_repeated) = (None, false);
            let (has_arrived, is_acknowledged) = (false, false);
            self.segments.push_back(Segment {
                number,
                bytes,
                payload,
                left_at,
                was_repeated,
                has_arrived,
                is_acknowledged,
            });
        }
        let mut flights = self.send_new(now, weather);
        if was_empty {
            flights.push(self.arm(now));
        }
        flights
    }

    /// Sends what was never sent and the bottleneck has room for, unless the time-out is being doubled.
    fn send_new(&mut self, now: Instant, weather: &mut Weather) -> Vec<(Instant, Flight)> {
        if self.backoff > 0 {
            return Vec::new();
        }
        let first = self.segments.partition_point(|segment| segment.left_at.is_some());
        let mut flights = Vec::new();
        for index in first..self.segments.len() {
            if self.busy_until > now {
                if !std::mem::replace(&mut self.waits_for_room, true) {
                    flights.push((self.busy_until, Flight::Room));
                }
                break;
            }
            flights.extend(self.send(index, now, weather));
        }
        flights
    }

    /// The bottleneck has room.
    pub(super) fn go_on(&mut self, now: Instant, weather: &mut Weather) -> Vec<(Instant, Flight)> {
        self.waits_for_room = false;
        self.send_new(now, weather)
    }

    /// Whether it has something to send.
    pub(super) fn is_busy(&self) -> bool {
        self.waits_for_room
    }

    fn send(
        &mut self,
        index: usize,
        now: Instant,
        weather: &mut Weather,
    ) -> Option<(Instant, Flight)> {
        let segment = &mut self.segments[index];
        segment.was_repeated = segment.left_at.is_some();
        let leaves = now.max(self.busy_until) + weather.serialization(segment.bytes);
        self.busy_until = leaves;
        segment.left_at = Some(leaves);
        if weather.loses(leaves) {
            return None;
        }
        let arrives = (leaves + weather.delay(leaves)).max(self.last_arrival);
        self.last_arrival = arrives;
        Some((arrives, Flight::Segment(segment.number, self.acknowledges)))
    }

    fn timeout(&self) -> Duration {
        let rto = self
            .srtt
            .map_or(Duration::from_secs(1), |(srtt, rttvar)| srtt + LEAST_MARGIN.max(rttvar * 4));
        rto.saturating_mul(1 << self.backoff.min(16)).min(LONGEST_TIMEOUT)
    }

    fn arm(&mut self, now: Instant) -> (Instant, Flight) {
        self.timer += 1;
        let oldest = self.segments.iter().find(|segment| !segment.is_acknowledged);
        let left_at = oldest.and_then(|segment| segment.left_at).unwrap_or(now).max(now);
        (left_at + self.timeout(), Flight::Timeout(self.timer))
    }

    /// A segment arrived: what can be read now, in order.
    pub(super) fn arrived(&mut self, number: u64) -> Vec<super::world::What> {
        if let Some(segment) = self.segment(number) {
            segment.has_arrived = true;
        }
        let mut read = Vec::new();
        while let Some(segment) = self.segment(self.delivered).filter(|segment| segment.has_arrived)
        {
            read.extend(segment.payload.take());
            self.delivered += 1;
        }
        read
    }

    /// The acknowledgement of a segment by itself, if it is not lost.
    pub(super) fn ack(
        &mut self,
        now: Instant,
        number: u64,
        weather: &mut Weather,
    ) -> Option<(Instant, Flight)> {
        (!weather.loses(now)).then(|| {
            self.last_ack = self.last_ack.max(now + weather.delay(now));
            (self.last_ack, Flight::Ack(self.delivered, number))
        })
    }

    fn segment(&mut self, number: u64) -> Option<&mut Segment> {
        let first = self.segments.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.segments.get_mut(index)
    }

    pub(super) fn acknowledged(
        &mut self,
        now: Instant,
        before: u64,
        number: u64,
        weather: &mut Weather,
    ) -> Vec<(Instant, Flight)> {
        if let Some(segment) = self.segment(number)
            && !std::mem::replace(&mut segment.is_acknowledged, true)
            && !segment.was_repeated
            && let Some(left_at) = segment.left_at
        {
            let rtt = now.saturating_since(left_at);
            self.srtt = Some(self.srtt.map_or((rtt, rtt / 2), |(srtt, rttvar)| {
                ((srtt * 7 + rtt) / 8, (rttvar * 3 + srtt.abs_diff(rtt)) / 4)
            }));
        }
        let mut is_new = false;
        while self.segments.front().is_some_and(|segment| segment.number < before) {
            self.segments.pop_front();
            is_new = true;
        }
        if !is_new {
            return self.repeat_overtaken(now, weather);
        }
        let was_backing_off = std::mem::take(&mut self.backoff) > 0;
        let mut flights = Vec::new();
        if was_backing_off {
            // All that had left before the time-out counts as lost.
            let lost: Vec<_> = (0..self.segments.len())
                .filter(|index| {
                    let segment = &self.segments[*index];
                    segment.left_at.is_some() && !segment.is_acknowledged
                })
                .collect();
            flights.extend(lost.into_iter().filter_map(|index| self.send(index, now, weather)));
        }
        flights.extend(self.send_new(now, weather));
        if self.segments.is_empty() {
            self.timer += 1;
        } else {
            flights.push(self.arm(now));
        }
        flights
    }

    /// Fast retransmit.
    fn repeat_overtaken(&mut self, now: Instant, weather: &mut Weather) -> Vec<(Instant, Flight)> {
        let Some(left_at) = self.segments.front().and_then(|segment| segment.left_at) else {
            return Vec::new();
        };
        let is_later =
            |segment: &&Segment| segment.is_acknowledged && segment.left_at > Some(left_at);
        if self.segments.iter().filter(is_later).count() < LATER_ARRIVALS {
            return Vec::new();
        }
        let mut flights: Vec<_> = self.send(0, now, weather).into_iter().collect();
        flights.push(self.arm(now));
        flights
    }

    pub(super) fn timed_out(
        &mut self,
        now: Instant,
        timer: u64,
        weather: &mut Weather,
    ) -> Vec<(Instant, Flight)> {
        if timer != self.timer || self.segments.is_empty() {
            return Vec::new();
        }
        self.backoff += 1;
        let oldest = self.segments.iter().position(|segment| !segment.is_acknowledged);
        let mut flights: Vec<_> =
            oldest.and_then(|index| self.send(index, now, weather)).into_iter().collect();
        flights.push(self.arm(now));
        flights
    }
}
