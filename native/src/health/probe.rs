#[cfg(feature = "sysinfo")]
pub(super) use crate::system::SystemProbe as Probe;

/// Sees nothing: without the feature `sysinfo` there is nobody to ask.
#[cfg(not(feature = "sysinfo"))]
pub(super) struct Probe;

#[cfg(not(feature = "sysinfo"))]
impl Probe {
    pub(super) fn new() -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "as the other one")]
    pub(super) fn read(&mut self) -> steadfast_core::health::SystemLoad {
        steadfast_core::health::SystemLoad::default()
    }
}
