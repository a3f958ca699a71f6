//! Layers for [`tower`](https://docs.rs/tower)'s services.
//!
//! ```
//! use steadfast::tower::{BreakerLayer, RetryLayer};
//! use steadfast::{BreakerConfig, CircuitBreaker, Exponential, RetryOptions};
//! use tower::ServiceBuilder;
//!
//! # fn main() -> Result<(), steadfast::ConfigError> {
//! # let client = tower::service_fn(|_: ()| async { Ok::<_, std::io::Error>(()) });
//! let breaker = CircuitBreaker::new(BreakerConfig::default())?;
//! let options = RetryOptions::new().strategy(Exponential::default()).max_attempts(5);
//! let service = ServiceBuilder::new()
//!     .layer(RetryLayer::new(options))
//!     .layer(BreakerLayer::new(&breaker))
//!     .service(client);
//! # Ok(()) }
//! ```

mod breaker;
mod calls;
mod repeat;
mod retry;

pub use breaker::{BreakerLayer, BreakerService, Guarded};
pub use calls::{Call, Calls, Prepared};
pub use repeat::{AnyRequest, Idempotent, OfRequest, Repeat};
pub use retry::{RetryLayer, RetryService};
