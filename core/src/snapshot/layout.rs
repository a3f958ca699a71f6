//! Version 4, field by field. Version 3, which ends before the token of reports, version 2, which ends before the longest
//! silences, and version 1, which ends before the wait that the server asked for, are read, too.
//!
//! | what | bytes |
//! |---|---|
//! | mark | `SFST` |
//! | version | 1 |
//! | checksum of the rest | 8, little endian |
//! | the rest | the fields of the snapshot, as [`Encoder`] writes them |

use alloc::vec::Vec;
use core::time::Duration;

use super::{ConnectionSnapshot, SnapshotError, WaitingMessage};
use crate::breaker::{BreakerSnapshot, BreakerState};
use crate::codec::{Decoder, Encoder, checksum};
use crate::outbox::MessageId;
use crate::protocol::{DeliverySnapshot, Token};
use crate::quality::QualityTracker;
use crate::report::ReportToken;
use crate::retry::Backoff;

const MARK: &[u8; 4] = b"SFST";
const VERSION: u8 = 4;
/// The oldest version that can be read.
const FIRST_VERSION: u8 = 1;
const HEAD: usize = MARK.len() + 1 + size_of::<u64>();

impl ConnectionSnapshot {
    /// The bytes to save.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Encoder::default();
        to.bytes.extend_from_slice(MARK);
        to.u8(VERSION);
        to.bytes.extend_from_slice(&[0; size_of::<u64>()]);
        self.write(&mut to);
        let sum = checksum(&to.bytes[HEAD..]).to_le_bytes();
        to.bytes[MARK.len() + 1..HEAD].copy_from_slice(&sum);
        to.bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// If the bytes are not that, or not any more.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let rest = bytes.strip_prefix(MARK).ok_or(SnapshotError::Foreign)?;
        let (&found, rest) = rest.split_first().ok_or(SnapshotError::Damaged)?;
        if !(FIRST_VERSION..=VERSION).contains(&found) {
            return Err(SnapshotError::Version { found, known: VERSION });
        }
        let (sum, rest) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
        if u64::from_le_bytes(*sum) != checksum(rest) {
            return Err(SnapshotError::Damaged);
        }
        let mut from = Decoder::new(rest);
        let snapshot = Self::read(&mut from, found).filter(|_| from.is_at_end());
        snapshot.ok_or(SnapshotError::Damaged)
    }

    fn write(&self, to: &mut Encoder) {
        to.text(&self.session_id);
        to.text(&self.organization_id);
        to.instant(self.saved_at);
        to.option(self.connected_at, Encoder::instant);
        to.option(self.last_heartbeat, Encoder::instant);
        to.option(self.disconnected_at, Encoder::instant);
        to.option(self.latency, write_duration);
        to.u64(self.reconnect_attempts.into());
        to.u64(self.total_disconnections.into());
        self.quality.encode(to);
        self.backoff.encode(to);
        to.option(self.breaker, write_breaker);
        to.option(self.delivery.as_ref(), write_delivery);
        to.u64(self.next_message.0);
        to.u64(self.handed_over as u64);
        to.u64(self.waiting.len() as u64);
        for WaitingMessage { message, bytes, expires_at } in &self.waiting {
            to.u64(message.0);
            to.u64(*bytes as u64);
            to.option(*expires_at, Encoder::instant);
        }
        to.option(self.not_before, Encoder::instant);
        let (expired, unexplained) = self.credentials;
        to.bool(expired);
        to.u64(unexplained.into());
        for (at, silence) in self.silences {
            to.instant(at);
            write_duration(to, silence);
        }
        to.option(self.report_token.as_ref(), |to, token| to.text(token.as_str()));
    }

    fn read(from: &mut Decoder<'_>, version: u8) -> Option<Self> {
        let mut snapshot = Self {
            session_id: from.text()?,
            organization_id: from.text()?,
            saved_at: from.instant()?,
            connected_at: from.option(Decoder::instant)?,
            last_heartbeat: from.option(Decoder::instant)?,
            disconnected_at: from.option(Decoder::instant)?,
            latency: from.option(|from| from.u64().map(Duration::from_micros))?,
            reconnect_attempts: from.u32()?,
            total_disconnections: from.u32()?,
            quality: QualityTracker::decode(from)?,
            backoff: Backoff::decode(from)?,
            breaker: from.option(read_breaker)?,
            delivery: from.option(read_delivery)?,
            report_token: None,
            silences: <_>::default(),
            not_before: None,
            credentials: (false, 0),
            next_message: MessageId(from.u64()?),
            handed_over: from.usize()?,
            waiting: Vec::new(),
        };
        // Not reserved beforehand: the number may be nonsense.
        for _ in 0..from.u64()? {
            snapshot.waiting.push(WaitingMessage {
                message: MessageId(from.u64()?),
                bytes: from.usize()?,
                expires_at: from.option(Decoder::instant)?,
            });
        }
        if version > FIRST_VERSION {
            snapshot.not_before = from.option(Decoder::instant)?;
            snapshot.credentials = (from.bool()?, from.u32()?);
        }
        if version > 2 {
            for (at, silence) in &mut snapshot.silences {
                (*at, *silence) = (from.instant()?, Duration::from_micros(from.u64()?));
            }
        }
        if version == VERSION {
            snapshot.report_token = from.option(|from| ReportToken::new(from.text()?).ok())?;
        }
        let in_order = snapshot.waiting.is_sorted_by(|a, b| a.message < b.message);
        let known = snapshot.waiting.last().is_none_or(|last| last.message < snapshot.next_message);
        (in_order && known && snapshot.handed_over <= snapshot.waiting.len()).then_some(snapshot)
    }
}

fn write_duration(to: &mut Encoder, duration: Duration) {
    to.u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
}

fn write_breaker(to: &mut Encoder, breaker: BreakerSnapshot) {
    to.u8(match breaker.state {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    });
    to.bool(breaker.forced);
    to.option(breaker.open_until, Encoder::instant);
    to.u64(breaker.openings.into());
}

fn read_breaker(from: &mut Decoder<'_>) -> Option<BreakerSnapshot> {
    Some(BreakerSnapshot {
        state: match from.u8()? {
            0 => BreakerState::Closed,
            1 => BreakerState::HalfOpen,
            2 => BreakerState::Open,
            _ => return None,
        },
        forced: from.bool()?,
        open_until: from.option(Decoder::instant)?,
        openings: from.u32()?,
    })
}

fn write_delivery(to: &mut Encoder, delivery: &DeliverySnapshot) {
    to.option(delivery.token.as_ref(), |to, token| to.text(token.as_str()));
    to.u64(delivery.received);
    to.u64(delivery.acknowledged);
}

fn read_delivery(from: &mut Decoder<'_>) -> Option<DeliverySnapshot> {
    Some(DeliverySnapshot {
        token: from.option(|from| from.text().and_then(Token::new))?,
        received: from.u64()?,
        acknowledged: from.u64()?,
    })
}
