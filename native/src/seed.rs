use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A seed that nobody can foresee, drawn from the system each time: what a process keeps of its own,
/// such as the standard library's keys of a thread, is the same in a child that it forks, whose
/// waits would then be those of its parent.
pub(crate) fn seed() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        hasher.finish()
    })
}
