use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A seed that nobody can foresee, and that costs no system call: the standard library's keys are
/// random in each thread, and no two states of a thread have the same.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
