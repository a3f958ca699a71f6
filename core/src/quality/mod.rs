//! How good is a link?

mod level;
mod score;
mod tracker;
mod window;

pub use level::{Level, Quality};
pub use score::{Score, score};
pub use tracker::{QualityChange, QualityTracker};
pub use window::Window;
