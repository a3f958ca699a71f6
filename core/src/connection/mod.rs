//! One connection: kept up, probed and judged.

mod cause;
mod config;
mod failure;
mod handed;
mod input;
mod link;
mod machine;
mod metadata;
mod output;
mod registration;
#[cfg(feature = "schema")]
mod schema;
mod state;
mod suspension;

pub use cause::Cause;
pub use config::ConnectionConfig;
pub use failure::{FailureReason, SessionFailure};
pub use input::Input;
pub use machine::Connection;
pub use metadata::{Metadata, MetadataValue};
pub use output::{Deadline, DropReason, Output, SocketId, Timer};
pub use registration::Registration;
pub use state::{ConnectionState, IllegalTransition, Status};
pub use suspension::Suspension;
