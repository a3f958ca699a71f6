//! How good is a link?

mod level;
mod score;
mod tracker;

pub use level::{Level, Quality};
pub use score::{Score, Window, score};
pub use tracker::{QualityChange, QualityTracker};
