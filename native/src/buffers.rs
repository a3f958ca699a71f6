use steadfast_core::ConfigError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// The bounds of what a connection holds beside its outbox. See the methods of
/// [`Builder`](crate::Builder) of the same names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffers {
    /// Messages.
    pub(crate) inbound: usize,
    /// Events.
    pub(crate) events: usize,
    /// Bytes.
    pub(crate) max_message_size: usize,
    /// Bytes.
    pub(crate) read_buffer_size: usize,
}

impl Default for Buffers {
    fn default() -> Self {
        Self { inbound: 64, events: 64, max_message_size: 16 << 20, read_buffer_size: 4 << 10 }
    }
}

impl Buffers {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let count = 1..=1_000_000;
        let count_allowed = "1 to 1000000";
        let checks = [
            ("inbound", self.inbound, count.clone(), count_allowed),
            ("eventBacklog", self.events, count, count_allowed),
            ("maxMessageSize", self.max_message_size, 1..=1 << 30, "1 to 1073741824"),
            ("readBufferSize", self.read_buffer_size, 1 << 10..=16 << 20, "1024 to 16777216"),
        ];
        checks.into_iter().try_for_each(|(field, value, range, allowed)| {
            if range.contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::OutOfRange { field, value: value.to_string(), allowed })
            }
        })
    }

    pub(crate) fn websocket(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(self.read_buffer_size)
            // Every frame goes straight to the kernel: a buffer here would only hide from the
            // driver what was sent and what was not.
            .write_buffer_size(0)
            .max_message_size(Some(self.max_message_size))
            .max_frame_size(Some(self.max_message_size))
    }
}
