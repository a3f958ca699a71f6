//! What a client tells the collector.

mod batch;
mod error;
mod reporter;

pub use batch::{Report, ReportWindow};
pub use error::ReportError;
pub use reporter::{Reporter, ReporterConfig, ReporterInput};
