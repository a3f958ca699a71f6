use super::*;

#[test]
fn outputs_that_nobody_polls_are_bounded_and_counted_and_unwatched_ones_are_not_kept() {
    let config = ManagerConfig { max_events: 2, ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    for id in ["a", "b", "c"] {
        register(&mut manager, id).unwrap();
    }
    let Some(ManagerOutput::Event { session_id, .. }) = manager.poll_output() else { panic!() };
    assert_eq!(session_id, "b");
    assert_eq!((manager.take_missed_outputs(), manager.take_missed_outputs()), (1, 0));
    manager.watch(false);
    register(&mut manager, "d").unwrap();
    assert_eq!(manager.poll_output(), None);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut manager = ConnectionManager::new(ManagerConfig::default(), seed).unwrap();
        for id in 0..50 {
            register(&mut manager, &std::format!("s{id}")).unwrap();
        }
        for secs in (0..200).step_by(7) {
            pass(&mut manager, at(secs));
            let id = std::format!("s{}", secs % 50);
            drop(manager.update_heartbeat(at(secs), &id, at(secs)));
        }
        let outputs: Vec<_> = std::iter::from_fn(|| manager.poll_output()).collect();
        (outputs, ids(manager.connections()))
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
