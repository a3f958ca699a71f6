use std::time::Duration;

use crate::world::World;

#[test]
fn ten_minutes_of_failing_links_lose_double_and_reorder_nothing() {
    let mut links = 0;
    for seed in 0..60 {
        let mut world = World::new(seed);
        world.run(Duration::from_mins(10));
        world.settle();
        let (sent, received) = world.sent();
        assert_eq!(world.received(), (sent, received), "seed {seed}");
        assert_eq!(world.kept(), (0, 0), "seed {seed}: all was acknowledged");
        assert!(sent > 1000 && received > 1000, "seed {seed}: {sent} and {received} messages");
        links += world.links();
    }
    assert!(links > 60 * 25, "{links} links were not enough to be a test");
}
