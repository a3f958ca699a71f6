//! Links of one session that answer at a steady round trip and die at last, whatever happens meanwhile.

mod bound;
mod known;
mod learned;
mod path;
mod steps;
mod story;

use arbitrary::{Arbitrary as _, Unstructured};

use self::steps::{Setup, Timed};
use self::story::Story;

/// A longer story tells nothing more.
const MAX_STEPS: usize = 400;

/// A link that lives and answers at a steady round trip is never given up, and no link sooner than it has patience. A dead one
/// is given up within the bound of the module `bound`, which is derived from what [`Connection`](steadfast_core::connection::Connection) and
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
    let mut story = Story::begin(setup);
    let each = steps.len().div_ceil(setup.links()).max(1);
    for link in 0..setup.links() {
        if link > 0 {
            story.open();
        }
        let steps = steps.chunks(each).nth(link).unwrap_or_default();
        let (alive, dead) = steps.split_at(setup.lives_for(steps.len()));
        story.follow(alive);
        story.settle();
        // Only a link whose pongs were held back may be given up while it lives.
        if !story.is_lost() {
            story.die();
            story.follow(dead);
            story.end();
        }
    }
}
