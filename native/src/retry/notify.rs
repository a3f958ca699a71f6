use steadfast_core::event::Event;

/// Receivers of the events of an operation.
pub trait Notify {
    /// Whether anybody listens; if not, events are not made and no clock is read for them.
    const WANTED: bool;

    /// Tells an event.
    fn notify(&mut self, event: &Event);
}

/// No receiver.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

/// A function.
#[derive(Clone, Copy, Debug)]
pub struct Listener<F>(pub(crate) F);

impl Notify for Silent {
    const WANTED: bool = false;

    fn notify(&mut self, _: &Event) {}
}

impl<F: FnMut(&Event)> Notify for Listener<F> {
    const WANTED: bool = true;

    fn notify(&mut self, event: &Event) {
        (self.0)(event);
    }
}
