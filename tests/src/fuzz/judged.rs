use steadfast_core::event::EventKind;

/// Whether the last event was a miss. The change of quality that it causes comes next.
#[derive(Debug, Default)]
pub(super) struct Judged {
    after_a_miss: bool,
}

impl Judged {
    /// A miss raises no level.
    pub(super) fn note(&mut self, event: &EventKind) {
        if let EventKind::QualityChanged { from, to, .. } = *event {
            let rises = from.is_some() && to > from;
            assert!(!(self.after_a_miss && rises), "a miss made {to:?} of {from:?}");
        }
        self.after_a_miss = matches!(event, EventKind::Heartbeat { rtt: None, .. });
    }
}
