use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use proptest::prelude::*;

use super::*;

const HORIZON: i64 = 6_400;

fn prediction(time: i64, place: u32) -> Prediction {
    let query = (time % 3 > 0).then_some(time.unsigned_abs());
    Prediction {
        time,
        predicted: Outcome::Boolean(true),
        score: 0.5,
        weight: Some(2.0),
        query,
        place,
        label: None,
    }
}

fn label(time: i64) -> Label {
    let truth = Truth { value: Outcome::Boolean(true), time: None };
    Label { truth, waits_since: time, version: 0, source: None }
}

fn predictions(join: &Join) -> Vec<(u64, Prediction)> {
    join.entries
        .chunks()
        .flat_map(|chunk| (0..chunk.len()).map(|at| chunk.get(at)).collect::<Vec<_>>())
        .collect()
}

/// Everything that waits, by identifier, with the place in words, and its time.
fn entries(join: &Join) -> BTreeMap<u64, (i64, String)> {
    let predictions = predictions(join).into_iter().map(|(id, each)| {
        let place = (join.version(each.place), join.segments(each.place));
        (id, (each.time, format!("{:?} {place:?}", Prediction { place: 0, ..each })))
    });
    let labels = join.labels().map(|(id, each)| (id, (each.waits_since, format!("{each:?}"))));
    predictions.chain(labels).collect()
}

/// The same join as a start makes it from what a flush wrote.
fn loaded(join: &Join) -> Join {
    let mut loaded = Join::default();
    let mut predictions = predictions(join);
    predictions.sort_unstable_by_key(|&(id, _)| id);
    for (id, each) in predictions {
        let place = loaded.intern_place(join.version(each.place), join.segments(each.place));
        loaded.add_prediction(id, Prediction { place, ..each }, HORIZON);
    }
    for (id, each) in join.labels() {
        loaded.add_label(id, *each, HORIZON);
    }
    loaded
}

proptest! {
    /// Half of the predictions find a label that came before, so that identifiers stay behind in older buckets.
    #[test]
    fn a_loaded_join_releases_the_same_as_the_one_that_went_on(
        arrivals in prop::collection::vec((0..200_u64, 0..20_000_i64, any::<bool>(), 0..3_u32), 1..300),
        counts in prop::collection::vec(0..60_usize, 1..4),
    ) {
        let mut join = Join::default();
        for (id, time, is_label, segment) in arrivals {
            if is_label {
                join.add_label(id, label(time), HORIZON);
            } else {
                let place = join.intern_place(segment % 2, &[0, segment]);
                join.add_prediction(id, prediction(time, place), HORIZON);
            }
        }
        let mut loaded = loaded(&join);
        for count in counts {
            let before = entries(&join);
            let expired = join.release(count);
            prop_assert_eq!(expired.count, loaded.release(count).count);
            let after = entries(&join);
            prop_assert_eq!(&after, &entries(&loaded));
            prop_assert_eq!(after.len(), before.len() - count.min(before.len()));
            let oldest = after.values().map(|each| each.0).min();
            let gone = before.iter().filter(|(id, _)| !after.contains_key(id)).map(|(_, each)| each.0).max();
            prop_assert!(gone.is_none() || oldest.is_none() || gone <= oldest, "{gone:?} {oldest:?}");
            prop_assert!(after.iter().all(|(id, each)| before[id] == *each));
            let unlabelled = predictions(&join).iter().filter(|(_, each)| each.label.is_none()).count();
            prop_assert_eq!(join.waiting_predictions(), unlabelled as u64);
        }
        let all = join.waiting();
        prop_assert_eq!(join.expire(HORIZON, 0).count as usize, if join.newest().is_some() { all } else { 0 });
        prop_assert_eq!(join.waiting_predictions(), 0, "without a prediction nothing has expired, and none waits");
    }

    /// A model of it: maps, in which everything is looked at.
    #[test]
    fn it_does_what_a_map_of_all_would_do(
        steps in prop::collection::vec((0..400_u64, 0..30_000_i64, 0..6_u8, 0..3_i64), 1..800),
    ) {
        let mut join = Join::default();
        let mut all: BTreeMap<u64, Prediction> = BTreeMap::new();
        let mut waiting: BTreeMap<u64, Label> = BTreeMap::new();
        let mut newest = i64::MIN;
        let length = HORIZON / BUCKETS_PER_HORIZON;
        let ids: Vec<_> = steps.iter().map(|step| Some(step.0)).collect();
        for (row, (id, time, what, value)) in steps.into_iter().enumerate() {
            join.read_ahead(&ids, row);
            let truth = Truth { value: Outcome::Integer(value), time: (value > 0).then_some(time) };
            match what {
                0..=2 => {
                    let place = join.intern_place(0, &[0]);
                    let mut each = Prediction { score: time as f64, ..prediction(time, place) };
                    newest = newest.max(time);
                    let found = join.add_prediction(id, each, HORIZON);
                    if let Entry::Vacant(vacant) = all.entry(id) {
                        let label = waiting.remove(&id);
                        prop_assert_eq!(found, label.map(|label| (label, None)));
                        each.label = label.map(|label| label.truth);
                        vacant.insert(each);
                    } else {
                        prop_assert_eq!(found, None);
                    }
                }
                3..=4 => {
                    let label = Label { truth, waits_since: time, version: 0, source: None };
                    let arrival = join.add_label(id, label, HORIZON);
                    if let Some(each) = all.get_mut(&id) {
                        let before = *each;
                        let expected = match &mut each.label {
                            Some(known) => Arrival::Again(Some(before), known.take(truth)),
                            none => {
                                *none = Some(truth);
                                Arrival::Matched(before)
                            }
                        };
                        prop_assert_eq!(arrival, expected);
                    } else if let Some(known) = waiting.get_mut(&id) {
                        prop_assert_eq!(arrival, Arrival::Again(None, known.truth.take(truth)));
                    } else {
                        prop_assert_eq!(arrival, Arrival::Waiting);
                        waiting.insert(id, label);
                    }
                }
                _ => {
                    join.expire(HORIZON, 1_000);
                    if newest > i64::MIN {
                        let kept = |time: i64| time.div_euclid(length) >= (newest - HORIZON).div_euclid(length);
                        all.retain(|_, each| kept(each.time));
                        waiting.retain(|_, each| kept(each.waits_since));
                    }
                }
            }
            let found: BTreeMap<_, _> = predictions(&join).into_iter().collect();
            prop_assert_eq!(&found, &all);
            prop_assert!(join.entries.are_bytes_right());
            prop_assert_eq!(&join.labels().map(|(id, each)| (id, *each)).collect::<BTreeMap<_, _>>(), &waiting);
        }
    }
}

fn filled(count: u64) -> Join {
    let mut join = Join::default();
    for id in 0..count {
        let place = join.intern_place(0, &[0, id as u32 % 1_000]);
        // A weight and a query take eight bytes more each, where there are any.
        let prediction = Prediction { weight: None, query: None, ..prediction(id as i64 % 5_000, place) };
        join.add_prediction(id, prediction, HORIZON);
    }
    join
}

#[test]
fn what_was_let_go_gives_its_memory_back() {
    let mut join = filled(100_000);
    let full = join.bytes();
    join.release(99_000);
    assert_eq!(join.waiting(), 1_000);
    assert!(join.bytes() < full / 10, "{} of {full}", join.bytes());
}

/// Three horizons go by in batches, each of which lets a little go: a sweep takes many of them.
#[test]
fn what_expires_in_batches_is_found_no_more_and_its_place_is_used_again() {
    const BATCH: u64 = 1_000;
    const PENDING: u64 = 200 * BATCH;
    let mut join = Join::default();
    let place = join.intern_place(0, &[0]);
    let time_of = |id: u64| (id * HORIZON as u64 / PENDING) as i64;
    let bucket_of = |time: i64| time.div_euclid(HORIZON / BUCKETS_PER_HORIZON);
    let mut sweeps = 0;
    for first in (0..3 * PENDING).step_by(BATCH as usize) {
        let ids: Vec<_> = (first..first + BATCH).map(Some).collect();
        for (row, id) in (first..first + BATCH).enumerate() {
            join.read_ahead(&ids, row);
            join.add_prediction(id, prediction(time_of(id), place), HORIZON);
        }
        join.expire(HORIZON, u64::MAX);
        sweeps += u64::from(join.index.is_being_swept());
        let gone = join.entries.gone();
        assert!(gone <= join.entries.len() / 5, "{gone} of {}", join.entries.len());
        let oldest_kept = bucket_of(time_of(first + BATCH - 1) - HORIZON);
        // Some that are long gone, some that have just gone, and some that are here.
        let ids: Vec<_> = (0..first + BATCH).step_by(997).map(Some).collect();
        for (row, id) in ids.iter().enumerate() {
            join.read_ahead(&ids, row);
            let slot = id.and_then(|id| join.find(join.index.hash(id), id));
            let time = time_of(id.unwrap_or_default());
            assert_eq!(
                slot.map(|slot| join.entries.get(slot).time),
                (bucket_of(time) >= oldest_kept).then_some(time)
            );
        }
    }
    assert!(sweeps > 100, "{sweeps}");
    assert!(join.entries.are_bytes_right());
    assert!(join.entries.len() as u64 <= PENDING + PENDING / BUCKETS_PER_HORIZON as u64 + BATCH);
}

#[test]
fn a_label_goes_to_what_was_loaded_after_it_was_read_for() {
    let mut join = Join::default();
    join.add_prediction(7, prediction(1, 0), HORIZON);
    join.read_ahead(&[Some(7), None], 0);
    let loaded = Prediction { score: 0.75, ..prediction(2, 0) };
    join.load_prediction(7, loaded, HORIZON);
    assert_eq!(join.add_label(7, label(3), HORIZON), Arrival::Matched(loaded));
}

#[test]
fn a_prediction_takes_forty_bytes_at_most() {
    let join = filled(1_000_000);
    let bytes = join.bytes() as f64 / 1e6;
    assert!(bytes < 40.0, "{bytes}");
}

#[test]
fn what_a_flush_has_taken_stays_as_it_was() {
    let mut join = filled(3_000);
    let Unwritten { chunks, places, .. } = join.take_unwritten(true);
    let before = predictions(&join);
    join.add_label(7, label(0), HORIZON);
    let place = join.intern_place(1, &[0]);
    join.add_prediction(3_000, prediction(0, place), HORIZON);
    join.release(1_000);
    let taken: Vec<_> =
        chunks.iter().flat_map(|(chunk, _)| (0..chunk.len()).map(|at| chunk.get(at))).collect();
    assert_eq!(taken, before);
    assert_eq!(places.segments(taken[0].1.place), [0, taken[0].0 as u32 % 1_000]);
}

#[test]
fn another_horizon_sorts_the_entries_anew() {
    let mut join = Join::default();
    let place = join.intern_place(0, &[0]);
    for time in [0, 1_000, 10_000] {
        join.add_prediction(time as u64, prediction(time, place), HORIZON);
    }
    assert_eq!(join.expire(9_600, 10).count, 1);
    assert_eq!(join.expire(9_000, 10).count, 0);
    assert_eq!(join.expire(4_000, 10).count, 1);
    assert_eq!(join.waiting(), 1);
}

#[test]
fn any_time_and_any_horizon_come_back() {
    for horizon in [1, HORIZON, 604_800_000_000_000, i64::MAX] {
        let mut join = Join::default();
        let place = join.intern_place(0, &[0]);
        let times = [i64::MIN, i64::MIN + 1, -1, 0, 1_735_689_600_123_456_789, i64::MAX];
        for (id, time) in times.into_iter().enumerate() {
            join.add_prediction(id as u64, prediction(time, place), horizon);
        }
        let mut found: Vec<_> = predictions(&join).iter().map(|(id, each)| (*id, each.time)).collect();
        found.sort_unstable();
        assert_eq!(found, (0..).zip(times).collect::<Vec<_>>(), "{horizon}");
    }
}
