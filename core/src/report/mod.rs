//! What a client tells the collector.

mod advice;
mod batch;
mod bounds;
mod error;
#[cfg(feature = "serde")]
mod events;
mod reporter;
#[cfg(feature = "schema")]
mod schema;
mod skew;
mod token;

pub use advice::Advice;
pub use batch::{Report, ReportWindow};
pub use error::ReportError;
pub use reporter::{Reporter, ReporterConfig, ReporterInput};
pub use token::ReportToken;
