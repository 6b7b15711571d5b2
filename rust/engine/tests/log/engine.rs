//! An engine with its log, its flushes and producers that repeat themselves, through crashes: every batch is counted
//! once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftline_engine::durable::ReadLog;
use driftline_engine::engine::{Engine, Header};
use driftline_engine::memory::{Budget, Meter};
use driftline_engine::monitor::Monitor;
use driftline_engine::pending::{PendingEntry, Waiting};
use driftline_engine::producer::{SEQUENCE_WINDOW, Sequences};
use driftline_engine::snapshot::SnapshotRow;
use proptest::prelude::*;

use crate::OPTIONS;
use crate::disk::Disk;
use crate::support::{NEW_YEAR, Table, all, header};

const PRODUCERS: usize = 3;
/// Bytes of memory, by a meter that says what a history tells it to. Label joins get two fifths of it, which is enough.
const LIMIT: u64 = 10_000_000;
/// Here it is not.
const FEW: u64 = 300_000;

/// What a flush leaves beside the log; committing it is atomic.
#[derive(Debug, Clone, Default)]
struct Store {
    /// Rows of each flush, by number from 1.
    files: Vec<Vec<SnapshotRow>>,
    pending: Vec<PendingEntry>,
    producers: Vec<(String, Sequences)>,
    position: u64,
}

impl Store {
    fn open(&self, disk: &Disk, limit: u64, used: &Arc<AtomicU64>) -> Option<Engine> {
        let budget = Budget::new(limit, Meter::Given(Arc::clone(used)));
        let engine = Engine::new("w").with_budget(budget);
        let monitor = Monitor {
            segments: vec![vec!["group".into()]],
            column_sets: [("set".to_owned(), vec!["group".into(), "x".into()])].into(),
            ..Monitor::new("m")
        };
        engine.set_monitor(monitor).unwrap();
        engine.load(self.files.concat()).unwrap();
        engine.load_pending(self.pending.clone()).unwrap();
        engine.load_producers(self.producers.clone());
        engine.resume_at(self.files.len() as u64 + 1, self.position);
        engine.open_log(Arc::new(disk.clone()), self.position, OPTIONS, false, true).ok()?;
        Some(engine)
    }
}

/// Where a flush ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flush {
    Whole,
    NotWritten,
    NotCommitted,
}

#[derive(Debug, Clone)]
enum Step {
    /// The producer sends its next batch, or the last one again.
    Send {
        producer: usize,
        rows: u8,
        again: bool,
    },
    /// The producer starts again, with a higher epoch.
    Restart(usize),
    Acknowledge,
    Flush(Flush),
    Fail(u64),
    Crash(Vec<bool>),
    Kill,
    /// So many bytes of memory are in use from now on; where that is much, windows leave it, now and at each start.
    Memory(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let flush =
        prop_oneof![3 => Just(Flush::Whole), 1 => Just(Flush::NotWritten), 1 => Just(Flush::NotCommitted)];
    prop_oneof![
        10 => (0..PRODUCERS, 1..20_u8, prop::bool::weighted(0.3))
            .prop_map(|(producer, rows, again)| Step::Send { producer, rows, again }),
        1 => (0..PRODUCERS).prop_map(Step::Restart),
        4 => Just(Step::Acknowledge),
        2 => flush.prop_map(Step::Flush),
        1 => (1..5_u64).prop_map(Step::Fail),
        1 => prop::collection::vec(any::<bool>(), 1..40).prop_map(Step::Crash),
        1 => Just(Step::Kill),
        1 => (0..LIMIT * 95 / 100).prop_map(Step::Memory),
    ]
}

/// One batch of a producer, which keeps it until it is acknowledged.
#[derive(Debug, Clone)]
struct Sent {
    epoch: u64,
    sequence: u64,
    rows: u8,
    position: Option<u64>,
}

#[derive(Debug, Default, Clone)]
struct Producer {
    epoch: u64,
    sequence: u64,
    unacknowledged: VecDeque<Sent>,
    last: Option<Sent>,
}

struct World {
    disk: Disk,
    used: Arc<AtomicU64>,
    limit: u64,
    store: Store,
    engine: Option<Engine>,
    producers: Vec<Producer>,
    /// Records that were handed to producers.
    records: u64,
}

fn batch(sent: &Sent, producer: usize) -> Table {
    let rows = 0..sent.rows;
    let ids: Vec<String> =
        rows.clone().map(|row| format!("{producer}/{}/{}/{row}", sent.epoch, sent.sequence)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let values: Vec<f64> = rows.clone().map(|row| f64::from(row) + sent.sequence as f64).collect();
    Table::new()
        .dictionary("group", &["a", "b"], &rows.clone().map(|row| row % 2).collect::<Vec<_>>())
        .text("prediction_id", &ids)
        // Lists to which several batches of all producers bring items.
        .integers(
            "query_id",
            &rows.clone().map(|row| i64::from(row % 3) + 3 * (sent.sequence % 5) as i64).collect::<Vec<_>>(),
        )
        .floats("x", &values)
        .integers("prediction", &rows.map(i64::from).collect::<Vec<_>>())
}

impl World {
    fn new(limit: u64) -> Self {
        let (disk, store) = (Disk::default(), Store::default());
        let used = Arc::default();
        let engine = store.open(&disk, limit, &used);
        Self { disk, used, limit, store, engine, producers: vec![Producer::default(); PRODUCERS], records: 0 }
    }

    fn send(&mut self, number: usize, sent: &Sent) -> Option<u64> {
        let header = Header {
            // One id of three callers.
            principal: ["", "one", "two"][number].into(),
            producer_id: "p".into(),
            epoch: sent.epoch,
            sequence: sent.sequence,
            ..header("m")
        };
        let receipt = self.engine.as_ref()?.ingest(&header, &[batch(sent, number).build()], NEW_YEAR).ok()?;
        Some(receipt.position)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Send { producer, rows, again } => self.send_next(producer, rows, again),
            Step::Restart(producer) => self.restart(producer),
            Step::Acknowledge => self.acknowledge(),
            Step::Flush(flush) => self.flush(flush),
            Step::Fail(operation) => self.disk.fail(&[operation]),
            Step::Memory(bytes) => {
                self.used.store(bytes, Ordering::Relaxed);
                if let Some(engine) = &self.engine {
                    engine.evict().unwrap();
                }
            }
            Step::Kill => {
                self.disk.kill();
                self.reopen();
            }
            Step::Crash(choices) => {
                let mut choices: VecDeque<bool> = choices.into();
                self.disk.crash(|| {
                    choices.rotate_left(1);
                    choices[0]
                });
                self.reopen();
            }
        }
    }

    fn send_next(&mut self, number: usize, rows: u8, again: bool) {
        let producer = &mut self.producers[number];
        let repeated = producer.last.clone().filter(|last| again && last.epoch == producer.epoch);
        if let Some(sent) = repeated {
            self.send(number, &sent);
            return;
        }
        producer.sequence += 1;
        let mut sent = Sent { epoch: producer.epoch, sequence: producer.sequence, rows, position: None };
        producer.last = Some(sent.clone());
        self.records += u64::from(rows);
        sent.position = self.send(number, &sent);
        self.producers[number].unacknowledged.push_back(sent);
    }

    /// A producer starts again only when it has nothing left of the epoch before.
    fn restart(&mut self, number: usize) {
        let producer = &mut self.producers[number];
        if producer.unacknowledged.is_empty() {
            (producer.epoch, producer.sequence) = (producer.epoch + 1, 0);
        }
    }

    /// What is on disk is acknowledged; what never arrived is sent again.
    fn acknowledge(&mut self) {
        for number in 0..PRODUCERS {
            for mut sent in std::mem::take(&mut self.producers[number].unacknowledged) {
                if sent.position.is_none() {
                    sent.position = self.send(number, &sent);
                }
                let is_durable = sent.position.is_some_and(|position| {
                    self.engine.as_ref().is_some_and(|engine| engine.wait_durable(position).is_ok())
                });
                if !is_durable {
                    self.producers[number].unacknowledged.push_back(sent);
                }
            }
        }
    }

    fn flush(&mut self, end: Flush) {
        let Some(engine) = &self.engine else { return };
        if engine.log_status().unwrap().failure.is_some() {
            return;
        }
        let Some(flush) = engine.begin_flush(NEW_YEAR).unwrap() else { return };
        assert_eq!(flush.sequence, self.store.files.len() as u64 + 1);
        if end == Flush::NotWritten {
            engine.abort_flush().unwrap();
            return;
        }
        self.store.files.push(flush.rows);
        self.store.pending = flush.pending;
        self.store.producers = flush.producers;
        self.store.position = flush.position;
        if end == Flush::NotCommitted {
            self.disk.kill();
            self.reopen();
        } else {
            // It is done even if the log cannot remove a file.
            let _ = engine.commit_flush();
        }
    }

    /// A process that ended starts again; what it had not acknowledged is sent again.
    fn reopen(&mut self) {
        self.engine = self.store.open(&self.disk, self.limit, &self.used);
        for producer in &mut self.producers {
            producer.unacknowledged.iter_mut().for_each(|sent| sent.position = None);
        }
    }

    /// Everybody gets an answer in the end.
    fn settle(&mut self) -> [u64; 5] {
        // Whatever had left memory is back in it.
        self.used.store(0, Ordering::Relaxed);
        for _ in 0..4 {
            self.disk.kill();
            self.reopen();
            self.acknowledge();
        }
        assert!(self.producers.iter().all(|producer| producer.unacknowledged.is_empty()));
        let engine = self.engine.as_ref().unwrap();
        if self.records == 0 {
            return [0; 5];
        }
        let mut gathering = engine.gather_columns(&all("m"), &[]).unwrap();
        assert!(gathering.agrees(engine, self.store.files.len() as u64));
        for row in self.store.files.concat() {
            gathering.add(&row).unwrap();
        }
        let (columns, coverage) = gathering.summary();
        let x = columns.iter().find(|column| column.name == "x").unwrap();
        let mut gathering = engine.gather_performance(&all("m"), &[]).unwrap();
        for row in self.store.files.concat() {
            gathering.add(&row).unwrap();
        }
        let ranking = gathering.performance(false).segments.remove(0).ranking.unwrap();
        assert_eq!((ranking.left_out, ranking.queries <= 15), (0, true));
        let flush = engine.begin_flush(NEW_YEAR).unwrap();
        let pending = flush.map_or_else(|| self.store.pending.clone(), |flush| flush.pending);
        let listed = pending.iter().filter_map(|entry| match &entry.waits {
            Waiting::Query(query) => Some(query.items.len() as u64),
            Waiting::Prediction { .. } | Waiting::Label { .. } => None,
        });
        let lists = listed.clone().count();
        [coverage.records, x.count, (pending.len() - lists) as u64, ranking.items, listed.sum()]
    }
}

proptest! {
    #[test]
    fn every_batch_is_counted_once(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new(LIMIT);
        for step in steps {
            if world.engine.is_none() {
                world.reopen();
            }
            world.take(step);
        }
        let expected = world.records;
        prop_assert_eq!(world.settle(), [expected; 5]);
    }
}

#[test]
fn a_replayed_engine_is_the_one_that_was_killed_bit_by_bit() {
    replays_bit_by_bit(&mut World::new(LIMIT), |_| 0);
}

/// What memory allowed then is in the log; what it allows when that is counted again is another matter.
#[test]
fn so_is_one_that_was_short_of_memory() {
    let mut world = World::new(FEW);
    let groups = |world: &World| {
        let models = world.engine.as_ref().unwrap().models().unwrap();
        models[0].versions[0].segments.iter().map(|segment| segment[0].1.clone()).collect::<Vec<_>>()
    };
    replays_bit_by_bit(&mut world, |number| if number < 20 { FEW * 91 / 100 } else { 0 });
    assert_eq!(groups(&world), ["__other__", "a", "b"]);
    let relief = world.engine.as_ref().unwrap().relief();
    assert!(
        relief.overflow_records == 2 * (0..20).sum::<u64>() && relief.pending_released > 100,
        "{relief:?}"
    );
}

/// Few while memory is short, and then so many that those that wait take more than their share of it.
fn rows(number: u8) -> u8 {
    if number < 20 { 2 * number } else { 6 * number }
}

fn replays_bit_by_bit(world: &mut World, used: impl Fn(u8) -> u64) {
    for number in 0..40_u8 {
        world.take(Step::Memory(used(number)));
        world.take(Step::Send { producer: usize::from(number % 3), rows: rows(number), again: false });
        if number == 17 {
            world.take(Step::Flush(Flush::Whole));
        }
    }
    let reopened = world.store.open(&world.disk, world.limit, &world.used).unwrap();
    let live = world.engine.as_ref().unwrap().begin_flush(NEW_YEAR).unwrap().unwrap();
    let replayed = reopened.begin_flush(NEW_YEAR).unwrap().unwrap();
    assert_eq!(format!("{:?}", replayed.rows), format!("{:?}", live.rows));
    assert_eq!(format!("{:?}", replayed.pending), format!("{:?}", live.pending));
    assert_eq!(replayed.producers, live.producers);
    assert_eq!(replayed.position, live.position);
    assert_eq!(reopened.counters().recovered, (18..40).map(|number| u64::from(rows(number))).sum::<u64>());
}

#[test]
fn a_duplicate_is_not_answered_before_the_first_is_on_disk() {
    let world = World::new(LIMIT);
    let engine = world.engine.unwrap();
    let header = Header { producer_id: "p".into(), sequence: 1, ..header("m") };
    let batch = || [Table::new().floats("x", &[1.0]).build()];
    let first = engine.ingest(&header, &batch(), NEW_YEAR).unwrap();
    let again = engine.ingest(&header, &batch(), NEW_YEAR).unwrap();
    assert!(again.duplicate && again.position >= first.position);
    engine.wait_durable(again.position).unwrap();
    assert!(engine.log_status().unwrap().durable >= first.position);
}

#[test]
fn nothing_is_counted_when_the_log_refuses() {
    let world = World::new(LIMIT);
    let engine = world.engine.unwrap();
    let header = Header { producer_id: "p".into(), sequence: 1, ..header("m") };
    let batch = || [Table::new().floats("x", &[1.0]).build()];
    world.disk.fail(&[1]);
    let error = engine.ingest(&header, &batch(), NEW_YEAR).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(engine.begin_flush(NEW_YEAR).unwrap().is_none());
    assert!(!engine.ingest(&header, &batch(), NEW_YEAR).unwrap().duplicate);
    assert_eq!(engine.counters().batches_rejected["unavailable"], 1);
}

#[test]
fn a_start_looks_through_the_log_once() {
    let mut world = World::new(LIMIT);
    for number in 1..20_u8 {
        world.take(Step::Send { producer: 0, rows: number, again: false });
    }
    world.engine = None;
    let (disk, options) = (Arc::new(world.disk.clone()), OPTIONS);
    let files = world.disk.contents().len() as u64;
    assert!(files > 2);
    let before = world.disk.reads();
    // What a start does: it looks, writes what it finds as rows, and goes on behind that.
    let log = ReadLog::new(disk).unwrap();
    assert_eq!(world.disk.reads() - before, files);
    assert_eq!(log.unflushed_records(0, false), Ok(19));
    let first = Engine::new("w").open_read_log(&log, 0, options, false, false, || Ok(())).unwrap();
    let engine = Engine::new("w");
    let second = engine.open_read_log(&log, first.last, options, false, true, || Ok(())).unwrap();
    assert_eq!((first.requests, first.records, second.requests, second.last), (19, (1..20).sum(), 0, 19));
    assert!(
        world.disk.reads() - before <= 2 * files,
        "files that hold wanted records are read for the replay"
    );
    let header = Header { producer_id: "p".into(), sequence: 1, ..header("m") };
    let batch = [Table::new().floats("x", &[1.0]).build()];
    assert_eq!(engine.ingest(&header, &batch, NEW_YEAR).unwrap().position, 20);
}

#[test]
fn missing_numbers_are_added_up_over_restarts_and_producers() {
    let engine = Engine::new("w");
    let send = |engine: &Engine, producer: &str, sequence: u64| {
        let header = Header { producer_id: producer.into(), sequence, ..header("m") };
        engine.ingest(&header, &[Table::new().floats("x", &[1.0]).build()], NEW_YEAR).unwrap();
    };
    send(&engine, "a", 2);
    send(&engine, "b", 1);
    assert_eq!(engine.counters().sequence_gaps, 0, "number 1 may still come");
    send(&engine, "a", 2 + SEQUENCE_WINDOW);
    send(&engine, "b", 4 + SEQUENCE_WINDOW);
    assert_eq!(engine.counters().sequence_gaps, 1 + 3, "number 1 of a, 2 to 4 of b");
    let refused = Header { producer_id: "a".into(), sequence: 5 + SEQUENCE_WINDOW, ..header("m") };
    engine.refuse(&refused, "schema", false, NEW_YEAR);
    assert_eq!(engine.counters().sequence_gaps, 4 + 3, "3 to 5 of a, found by a refusal");
    let known = engine.begin_flush(NEW_YEAR).unwrap().unwrap().producers;
    let restarted = Engine::new("w");
    restarted.load_producers(known);
    assert_eq!(restarted.counters().sequence_gaps, 7);
}
