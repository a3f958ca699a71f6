//! What the fuzzer of `tests/fuzz` found worth trying is tried again, and random bytes with it.

use steadfast_tests::fuzz;

/// Texts of random bytes for each target, beside the seeds, unless `FUZZ_CASES` says how many.
const RANDOM: usize = 2_000;

type Outcome = std::io::Result<()>;

fn replay(target: &str, case: fn(&[u8])) -> Outcome {
    let random = std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    let seeds = fuzz::replay(target, random.unwrap_or(RANDOM), case)?;
    assert!(seeds > 0, "there is something to try");
    Ok(())
}

#[test]
fn a_connection_keeps_the_rules_whatever_happens_to_it_and_whenever() -> Outcome {
    replay("connection", fuzz::connection)
}

#[test]
fn dials_are_bounded_whatever_becomes_of_each() -> Outcome {
    replay("connection", fuzz::losses)
}

#[test]
fn dials_are_bounded_whatever_news_there_are_of_this_side() -> Outcome {
    replay("connection", fuzz::news)
}

#[test]
fn dials_in_an_hour_are_bounded_whatever_the_server_does_and_whatever_happens_on_this_side()
-> Outcome {
    replay("hours", fuzz::hours)
}

#[test]
fn calls_are_tried_again_and_let_through_as_a_naive_count_has_it() -> Outcome {
    replay("calls", fuzz::calls)
}

#[test]
fn a_manager_counts_as_a_naive_recount_does_whatever_is_done_to_it() -> Outcome {
    replay("manager", fuzz::manager)
}

#[test]
fn control_frames_are_read_or_refused_whatever_comes() -> Outcome {
    replay("frames", fuzz::frames)
}

#[test]
fn messages_arrive_once_and_in_order_wherever_links_break() -> Outcome {
    replay("delivery", fuzz::delivery)
}

#[test]
fn snapshots_are_read_or_refused_whatever_bytes_they_are() -> Outcome {
    replay("snapshots", fuzz::snapshots)
}

#[test]
fn a_living_link_is_kept_and_a_dead_one_given_up_in_time_whatever_happens() -> Outcome {
    replay("silence", fuzz::silence)
}
