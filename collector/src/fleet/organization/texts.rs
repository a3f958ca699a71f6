//! Texts that many sessions share.

use std::collections::HashSet;
use std::sync::Arc;

/// Each text once, for as long as a session uses it.
#[derive(Debug)]
pub(super) struct Texts {
    known: HashSet<Arc<str>>,
    /// With that many, those that no session uses are removed.
    full_at: usize,
}

/// Fewer texts are never looked through.
const FEW: usize = 256;

impl Default for Texts {
    fn default() -> Self {
        Self { known: HashSet::new(), full_at: FEW }
    }
}

impl Texts {
    /// The text, shared with those that have it already.
    pub(super) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        if self.known.len() >= self.full_at {
            self.known.retain(|text| Arc::strong_count(text) > 1);
            self.full_at = FEW.max(2 * self.known.len());
        }
        let text: Arc<str> = text.into();
        self.known.insert(Arc::clone(&text));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_only_while_somebody_uses_it() {
        let mut texts = Texts::default();
        let used = texts.shared("sdk/1");
        assert!(Arc::ptr_eq(&used, &texts.shared("sdk/1")));
        (0..10_000).for_each(|number| drop(texts.shared(&format!("sdk/{number}"))));
        assert!(texts.known.len() <= FEW, "{}", texts.known.len());
        assert!(Arc::ptr_eq(&used, &texts.shared("sdk/1")));
    }
}
