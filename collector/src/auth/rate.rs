use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use steadfast_core::time::Instant;

/// A bucket of tokens, one for each request, that fills up within a minute: so many at once, and
/// as many in every minute after. Kept as the one moment at which it will be full again (the
/// generic cell rate algorithm, ITU-T I.371).
#[derive(Debug)]
pub(super) struct Rate {
    per_minute: u32,
    full_at: Mutex<Instant>,
}

/// In which an empty bucket fills up.
const MINUTE: Duration = Duration::from_mins(1);

impl Rate {
    /// A full bucket of so many tokens; of one at least.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), full_at: Mutex::new(Instant::ORIGIN) }
    }

    pub(super) fn per_minute(&self) -> u32 {
        self.per_minute
    }

    /// Takes a token; or says how long there will be none.
    pub(super) fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = full_at.saturating_since(now) + MINUTE / self.per_minute;
        if missing > MINUTE {
            return Err(missing.saturating_sub(MINUTE));
        }
        *full_at = now + missing;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_at_once_and_then_one_whenever_a_token_has_come() {
        let rate = Rate::new(6);
        let now = Instant::ORIGIN + Duration::from_hours(1);
        for _ in 0..6 {
            assert_eq!(rate.take(now), Ok(()));
        }
        let ten = Duration::from_secs(10);
        assert_eq!(rate.take(now), Err(ten));
        assert_eq!(rate.take(now + ten / 2), Err(ten / 2));
        assert_eq!(rate.take(now + ten), Ok(()));
        assert_eq!(rate.take(now + ten), Err(ten));
    }

    #[test]
    fn the_longest_limit_still_counts() {
        let rate = Rate::new(10_000_000);
        let passed = (0..20_000_000).take_while(|_| rate.take(Instant::ORIGIN).is_ok()).count();
        assert_eq!(passed, 10_000_000);
    }
}
