use super::*;

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

fn registry(max_sessions: usize) -> Registry<u32> {
    Registry::new(RegistryConfig { max_sessions, ..RegistryConfig::default() }).unwrap()
}

fn hello(session: &str, token: Option<Token>) -> Hello {
    Hello { session: session.into(), token, received: 0 }
}

fn random(first: u8) -> RandomBytes {
    core::array::from_fn(|index| first.wrapping_add(u8::try_from(index).unwrap()))
}

#[test]
fn a_session_is_found_by_its_token_and_its_name_and_by_nothing_less() {
    let mut registry = registry(10);
    let begun = registry.begin("s", "", random(0), 1).unwrap();
    registry.begin("s", "", random(100), 2).unwrap();
    let found = |hello| registry.find(&hello, "").map(|(id, state)| (id, *state));
    assert_eq!(found(hello("s", Some(begun.token.clone()))), Some((begun.id, 1)));
    assert_eq!(found(hello("other", Some(begun.token.clone()))), None);
    assert_eq!(found(hello("s", None)), None);
    let digits = begun.token.as_str();
    for at in 0..digits.len() {
        let other = if digits[at..].starts_with('0') { "1" } else { "0" };
        let forged = std::format!("{}{other}{}", &digits[..at], &digits[at + 1..]);
        assert_eq!(found(hello("s", Token::new(forged))), None, "digit {at}");
    }
    for nonsense in ["0", "zz", &digits[1..], &"z".repeat(48), &"é".repeat(24)] {
        assert_eq!(found(hello("s", Token::new(nonsense))), None, "{nonsense}");
    }
}

#[test]
fn a_session_is_resumed_only_by_its_owner() {
    let mut registry = registry(10);
    let begun = registry.begin("s", "u1", random(0), 1).unwrap();
    let hello = hello("s", Some(begun.token));
    assert!(registry.find(&hello, "u1").is_some());
    assert!(registry.find(&hello, "u2").is_none());
    assert!(registry.find(&hello, "").is_none());
}

#[test]
fn a_session_is_forgotten_when_its_client_does_not_come_back_in_time() {
    let mut registry = registry(10);
    let begun = registry.begin("s", "", random(0), 1).unwrap();
    assert_eq!(registry.poll_timeout(), None);
    registry.detached(at(10), begun.id);
    assert_eq!(registry.poll_timeout(), Some(at(130)));
    registry.handle_timeout(at(129));
    assert_eq!(registry.poll_ended(), None);
    registry.handle_timeout(at(130));
    assert_eq!(registry.poll_ended(), Some((1, Ended::Expired)));
    assert_eq!(registry.find(&hello("s", Some(begun.token)), ""), None);
    assert_eq!((registry.len(), registry.waiting()), (0, 0));
}

#[test]
fn a_session_that_came_back_does_not_expire() {
    let mut registry = registry(10);
    let begun = registry.begin("s", "", random(0), 1).unwrap();
    registry.detached(at(10), begun.id);
    registry.attached(begun.id);
    registry.handle_timeout(at(1000));
    assert_eq!(registry.len(), 1);
    // Said twice, the first counts.
    registry.detached(at(1000), begun.id);
    registry.detached(at(1100), begun.id);
    assert_eq!(registry.poll_timeout(), Some(at(1120)));
}

#[test]
fn a_full_registry_lets_go_of_who_was_away_longest_and_of_nobody_who_is_there() {
    let mut registry = registry(2);
    let first = registry.begin("a", "", random(0), 1).unwrap();
    let second = registry.begin("b", "", random(30), 2).unwrap();
    let refusal = registry.begin("c", "", random(60), 3).unwrap_err();
    assert_eq!(refusal, Refusal::FULL);
    registry.detached(at(20), first.id);
    registry.detached(at(10), second.id);
    registry.begin("c", "", random(60), 3).unwrap();
    assert_eq!(registry.poll_ended(), Some((2, Ended::Evicted)));
    assert_eq!(registry.len(), 2);
}

#[test]
fn what_was_removed_is_gone() {
    let mut registry = registry(2);
    let begun = registry.begin("a", "", random(0), 1).unwrap();
    registry.detached(at(0), begun.id);
    assert_eq!(registry.remove(begun.id), Some(1));
    assert_eq!(registry.remove(begun.id), None);
    registry.handle_timeout(at(1000));
    assert_eq!(registry.poll_ended(), None);
    assert!(registry.is_empty() && registry.waiting() == 0);
}

#[test]
fn random_bytes_that_come_twice_begin_nothing() {
    let mut registry = registry(2);
    registry.begin("a", "", random(0), 1).unwrap();
    assert_eq!(registry.begin("b", "", random(0), 2).unwrap_err().code, close::TRY_LATER);
    assert_eq!(registry.len(), 1);
}

#[test]
fn configurations_out_of_range_are_refused() {
    let refused = |config: RegistryConfig| Registry::<u32>::new(config).unwrap_err().field();
    let config = RegistryConfig::default();
    assert_eq!(refused(RegistryConfig { max_sessions: 0, ..config }), "maxSessions");
    let retention = Duration::from_hours(25);
    assert_eq!(refused(RegistryConfig { retention, ..config }), "retention");
}
