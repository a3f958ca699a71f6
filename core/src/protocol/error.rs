/// A text that begins like a control frame is none that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A member that matters is there twice.
    #[error("control frame has {field} twice")]
    Duplicate {
        /// The member.
        field: &'static str,
    },
    /// A member is missing.
    #[error("control frame lacks {field}")]
    Missing {
        /// The member.
        field: &'static str,
    },
    /// It is not a flat JSON object: one whose values are texts, numbers, truth values or null.
    #[error("control frame is no flat JSON object, from byte {at} on")]
    Syntax {
        /// Where the first byte stands that does not fit, from 0.
        at: usize,
    },
    /// It is longer than [`Frame::MAX_BYTES`](super::Frame::MAX_BYTES).
    #[error("control frame has {bytes} bytes; allowed are {max}", max = super::Frame::MAX_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A kind that this version does not know. The receiver passes it over.
    #[error("control frame is of an unknown kind")]
    Unknown,
    /// A member has a value that it cannot have.
    #[error("{field} of a control frame has a value that it cannot have")]
    Value {
        /// The member.
        field: &'static str,
    },
}

impl FrameError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "frame.duplicate",
            Self::Missing { .. } => "frame.missing",
            Self::Syntax { .. } => "frame.syntax",
            Self::TooLong { .. } => "frame.too_long",
            Self::Unknown => "frame.unknown",
            Self::Value { .. } => "frame.value",
        }
    }

    /// The member that it is about, where it is about one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Duplicate { field } | Self::Missing { field } | Self::Value { field } => {
                Some(field)
            }
            Self::Syntax { .. } | Self::TooLong { .. } | Self::Unknown => None,
        }
    }
}
