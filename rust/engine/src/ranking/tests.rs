use driftline_sketches::performance::Ranking;
use proptest::prelude::*;

use super::*;
use crate::monitor::Monitor;
use crate::segment::SegmentId;

const MINUTE: i64 = 60_000_000_000;

fn monitor() -> Monitor {
    Monitor { label_horizon: 10 * MINUTE, ..Monitor::new("m") }
}

fn key(window: i64, query: u64) -> QueryKey {
    QueryKey { window: window * MINUTE, query, version: (query % 2) as u32 }
}

/// What can be done to lists: window, query, item, whether that is labelled, segment.
type Step = (i64, u64, u64, bool, SegmentId);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..16_i64, 0..4_u64, 0..30_u64, any::<bool>(), 0..3_u32), 1..120)
}

fn change(queries: &mut Queries, step: &Step) -> Vec<(SegmentId, Ranking)> {
    let &(window, query, id, is_label, segment) = step;
    let key = key(window, query);
    let place = queries.intern_place(key.version, &[0, segment + 1]);
    let mut changes = Changes::default();
    if is_label {
        changes.labels.push((id, (id % 3) as f64));
    } else {
        changes.items.push(Item { id, score: (id % 5) as f64, relevance: f64::NAN, place });
    }
    let differences = queries.change(key, &changes, &monitor());
    queries.expire(&monitor());
    differences.into_iter().collect()
}

/// A table as a start makes it from what flushes wrote.
fn loaded(written: &[UnwrittenQueries]) -> Queries {
    let mut loaded = Queries::default();
    for flush in written {
        flush.closed.into_iter().for_each(|closed| loaded.load_closed(closed));
        for (key, list) in &flush.lists {
            let places = &flush.places;
            for (at, item) in list.iter().enumerate() {
                let place = loaded.intern_place(places.version(item.place), places.segments(item.place));
                loaded.load(*key, vec![Item { place, ..*item }], at == 0, flush.rules);
            }
        }
    }
    loaded.expire(&monitor());
    loaded
}

type Lists = Vec<(QueryKey, Vec<(u64, String, Vec<SegmentId>)>)>;

fn lists(queries: &Queries) -> Lists {
    let item = |item: &Item| {
        let segments = queries.segments(item.place).to_vec();
        (item.id, format!("{} {}", item.score, item.relevance), segments)
    };
    queries.lists().map(|(key, items)| (*key, items.iter().map(item).collect())).collect()
}

proptest! {
    #[test]
    fn a_loaded_table_does_what_the_one_that_went_on_does(
        before in steps(), meanwhile in steps(), after in steps(), released in 0..20_usize, is_whole in any::<bool>(),
    ) {
        let mut queries = Queries::default();
        for step in &before {
            change(&mut queries, step);
        }
        let mut written = vec![queries.take_unwritten(true)];
        queries.finish_flush(true);
        for step in &meanwhile {
            change(&mut queries, step);
        }
        if is_whole {
            queries.release(released);
            written.clear();
        }
        let must_be_whole = queries.rewrites();
        prop_assert!(is_whole || !must_be_whole);
        // A flush that fails loses nothing.
        drop(queries.take_unwritten(is_whole));
        queries.finish_flush(false);
        prop_assert_eq!(queries.rewrites(), must_be_whole);
        written.push(queries.take_unwritten(is_whole));
        let kept = lists(&queries);
        let mut again = loaded(&written);
        prop_assert_eq!(lists(&again), kept);
        prop_assert_eq!(again.items(), queries.items());
        for (number, step) in after.iter().enumerate() {
            if number == after.len() / 2 {
                prop_assert_eq!(again.release(released), queries.release(released));
            }
            prop_assert_eq!(change(&mut again, step), change(&mut queries, step));
        }
        prop_assert_eq!(lists(&again), lists(&queries));
    }

    #[test]
    fn what_is_let_go_gives_its_memory_back(steps in steps()) {
        let mut queries = Queries::default();
        let nothing = queries.bytes();
        for step in &steps {
            change(&mut queries, step);
        }
        let (items, bytes) = (queries.items(), queries.bytes());
        prop_assert!(items == 0 || bytes > nothing + 32 * items as u64);
        prop_assert_eq!(queries.release(items), items as u64);
        prop_assert!(queries.items() == 0 && (items == 0 || queries.bytes() == nothing));
        // A late item of any of them is left out and changes nothing else.
        for step in steps.iter().filter(|step| !step.3 && items > 0) {
            let newest = steps.iter().map(|step| step.0).max();
            if Some(step.0) < newest {
                let left_out: i64 = change(&mut queries, step).iter().map(|(_, ranking)| ranking.left_out).sum();
                prop_assert_eq!((left_out, queries.items()), (2, 0));
            }
        }
    }
}

#[test]
fn an_item_takes_forty_bytes_at_most_in_lists_of_many() {
    let mut queries = Queries::default();
    let place = queries.intern_place(0, &[0]);
    for query in 0..100 {
        let item = |id| Item { id, score: 1.0, relevance: f64::NAN, place };
        let changes = Changes { items: (1..101).map(item).collect(), ..Changes::default() };
        queries.change(key(0, query), &changes, &monitor());
    }
    assert!(queries.bytes() < 100 * 100 * 40, "{}", queries.bytes());
}
