//! A manager of sessions against a naive recount, under random operations.

use proptest::prelude::*;
use steadfast_tests::fuzz::{SESSIONS, Step, USERS, run};

fn step() -> impl Strategy<Value = Step> {
    let session = 0..SESSIONS;
    let user = 0..USERS;
    prop_oneof![
        4 => (session.clone(), prop::option::of(user.clone()), 0..2_u8)
            .prop_map(|(session, user, organization)| Step::Register { session, user, organization }),
        8 => (session.clone(), prop_oneof![1..100_u16, 500..3000_u16])
            .prop_map(|(session, rtt)| Step::Heartbeat { session, rtt }),
        4 => (session.clone(), 0..5_u8).prop_map(|(session, to)| Step::Status { session, to }),
        2 => (session.clone(), any::<bool>())
            .prop_map(|(session, planned)| Step::Disconnect { session, planned }),
        1 => (session.clone(), 1..3_u8)
            .prop_map(|(session, attempts)| Step::Schedule { session, attempts }),
        2 => session.clone().prop_map(|session| Step::Fail { session }),
        2 => (session.clone(), user, 0..5_u8, 0..5000_u32, 0..3_u8).prop_map(
            |(session, user, status, latency, misses)| Step::Observe {
                session, user, status, latency, misses,
            }
        ),
        1 => session.prop_map(|session| Step::Remove { session }),
        8 => prop_oneof![1..2000_u32, 1000..60_000_u32, 60_000..2_000_000_u32]
            .prop_map(|millis| Step::Pass { millis }),
        1 => Just(Step::TakeActivity),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn totals_and_lists_always_equal_a_naive_recount(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        run(steps);
    }
}
