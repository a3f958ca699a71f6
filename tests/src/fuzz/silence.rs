//! Links that answer at a steady round trip and die at last, whatever happens meanwhile.

mod bound;
mod known;
mod steps;
mod story;

use arbitrary::{Arbitrary as _, Unstructured};

use self::steps::{Setup, Timed};
use self::story::Story;

/// A longer story tells nothing more.
const MAX_STEPS: usize = 400;

/// A link that lives and answers at a steady round trip is never given up. A dead one is given up within the
/// bound of the module `bound`, which is derived from what [`Connection`](steadfast_core::connection::Connection) and
/// [`HeartbeatConfig`](steadfast_core::heartbeat::HeartbeatConfig) document.
///
/// # Panics
///
/// If not.
pub fn silence(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let Ok(setup) = Setup::arbitrary(&mut bytes) else { return };
    // A vector of random bytes would seldom have more than two.
    let mut steps = Vec::new();
    while steps.len() < MAX_STEPS
        && !bytes.is_empty()
        && let Ok(step) = Timed::arbitrary(&mut bytes)
    {
        steps.push(step);
    }
    let dead = steps.split_off(setup.lives_for(steps.len()));
    let mut story = Story::begin(setup);
    story.follow(&steps);
    story.settle();
    if story.is_lost() {
        // Only a link whose pongs were held back may be given up while it lives.
        return;
    }
    story.die();
    story.follow(&dead);
    story.end();
}
