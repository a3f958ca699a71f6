use std::collections::BTreeSet;
use std::format;

use super::*;
use crate::manager::SessionView;

#[test]
fn a_walk_in_parts_meets_each_session_once_that_is_there_all_the_while() {
    let mut manager = manager(1000);
    (0..100).for_each(|number| register(&mut manager, &format!("s{number}")).unwrap());
    (0..100).step_by(7).for_each(|number| drop(manager.remove(&format!("s{number}")).unwrap()));
    let mut met = Vec::new();
    let mut place = 0;
    while place < manager.places() {
        met.extend(manager.views(place..place + 10).map(|view| view.session_id().to_string()));
        place += 10;
        // Reported, added and removed meanwhile.
        let mut state = manager.connection("s1").unwrap();
        state.status = Status::Suspended;
        manager.observe(at(1), &state, &Activity::default(), HALF_A_MINUTE).unwrap();
        register(&mut manager, &format!("new{place}")).unwrap();
        drop(manager.remove(&format!("s{}", 99 - place / 10)));
    }
    let stayed = (1..88).filter(|number| number % 7 != 0).map(|number| format!("s{number}"));
    let once = |id: &String| met.iter().filter(|other| *other == id).count() == 1;
    assert!(stayed.into_iter().all(|id| once(&id)), "{met:?}");
    assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), met.len(), "none twice");
}

#[test]
fn a_view_says_what_the_record_says() {
    let mut manager = manager(10);
    let mut state = ConnectionState::new(of("a", "u", "acme"));
    state.status = Status::Connected;
    state.connection_quality = Some(Quality::Poor);
    state.latency = Some(Duration::from_millis(70));
    state.metadata.insert("region".into(), "eu".into());
    manager.observe(at(0), &state, &Activity::default(), HALF_A_MINUTE).unwrap();
    register(&mut manager, "b").unwrap();
    let said = |view: SessionView<'_>| {
        let mut said =
            ConnectionState::new(Registration::new(view.session_id(), view.client_type()));
        said.user_id = view.user_id().map(Into::into);
        said.status = view.status();
        said.connection_quality = view.connection_quality();
        said.latency = view.latency();
        said.metadata = view.metadata().clone();
        said
    };
    for view in manager.views(0..manager.places()) {
        let known = view.state();
        let expected = ConnectionState {
            organization_id: "default".into(),
            connected_at: None,
            last_heartbeat: None,
            ..known.clone()
        };
        assert_eq!(said(view), expected);
        assert_eq!(manager.liveness(view.session_id()), Some(view.liveness()));
    }
    assert_eq!(manager.views_of_user("u").map(SessionView::session_id).collect::<Vec<_>>(), ["a"]);
    assert_eq!(manager.views(5..90).count(), 0, "there is nothing");
}
