//! Prediction ids are in the log as hashes, and labels find their predictions as before.

use std::sync::Arc;

use driftline_engine::batch::Batch;
use driftline_engine::engine::Engine;
use driftline_engine::flush::Flush;
use driftline_engine::log::{decode, encode};
use driftline_engine::memory::Treatment;
use driftline_engine::monitor::Monitor;
use driftline_engine::role::Role;
use proptest::prelude::*;

use crate::OPTIONS;
use crate::disk::Disk;
use crate::support::{NEW_YEAR, Table, header};

const ID: &str = "order 4711 of jane@example.org";
const NUMBER: i64 = 0x0123_4567_89ab_cdef;
const IGNORED: &str = "her street";

fn open(disk: &Disk) -> Engine {
    let engine = Engine::new("w");
    let mut monitor = Monitor { segments: vec![vec!["prediction_id".into()]], ..Monitor::new("m") };
    monitor.roles.insert("address".into(), Role::Ignore);
    engine.set_monitor(monitor).unwrap();
    engine.open_log(Arc::new(disk.clone()), 0, OPTIONS, false, true).unwrap();
    engine
}

fn count(engine: &Engine, batch: Batch<'_>) {
    engine.ingest(&header("m"), &[batch], NEW_YEAR).unwrap();
}

fn taken(engine: &Engine) -> Flush {
    engine.begin_flush(NEW_YEAR).unwrap().unwrap()
}

/// Predictions and labels whose ids come in every type there is for them.
fn requests() -> Vec<Batch<'static>> {
    let predictions =
        |table: Table| table.integers("prediction", &[1, 0]).text("address", &[IGNORED, ""]).build();
    vec![
        predictions(Table::new().text("prediction_id", &[ID, "b"])),
        predictions(Table::new().integers("prediction_id", &[NUMBER, 2])),
        Table::new().dictionary("prediction_id", &["never", ID], &[1, 1]).integers("label", &[1, 0]).build(),
        predictions(Table::new().dictionary("prediction_id", &["c", ID], &[0, 1])),
        Table::new().integers("prediction_id", &[2]).integers("label", &[1]).build(),
    ]
}

#[test]
fn no_id_is_on_disk_as_it_was_sent() {
    let disk = Disk::default();
    let engine = open(&disk);
    for request in requests() {
        count(&engine, request);
    }
    let number = NUMBER.to_le_bytes();
    let contents = disk.contents();
    assert!(contents.values().any(|bytes| bytes.windows(13).any(|window| window == b"prediction_id")));
    for bytes in contents.values() {
        for secret in [ID.as_bytes(), IGNORED.as_bytes(), b"address", &number] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{secret:?}");
        }
    }
    let live = taken(&engine);
    assert!(!format!("{:?} {:?}", live.rows, live.pending).contains("order 4711"), "nor in segments");
    disk.kill();
    let replayed = taken(&open(&disk));
    assert_eq!(format!("{:?}", replayed.rows), format!("{:?}", live.rows));
    assert_eq!(format!("{:?}", replayed.pending), format!("{:?}", live.pending));
    assert!(!live.pending.is_empty());
}

proptest! {
    /// A log that holds ids as they were sent, from before they were hashed, is counted the same.
    #[test]
    fn ids_are_joined_the_same_hashed_and_as_they_were_sent(
        ids in prop::collection::vec("[a-c]{0,2}", 1..20),
        labelled in prop::collection::vec("[a-c]{0,2}", 1..20),
    ) {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let labelled: Vec<&str> = labelled.iter().map(String::as_str).collect();
        let predictions = Table::new().text("prediction_id", &ids).integers("prediction", &vec![1; ids.len()]);
        let labels = Table::new().text("prediction_id", &labelled).integers("label", &vec![1; labelled.len()]);
        let requests = [predictions.build(), labels.build()];
        let disk = Disk::default();
        let live = open(&disk);
        let old = open(&Disk::default());
        for request in &requests {
            count(&live, request.clone());
            let request = std::slice::from_ref(request);
            let bytes = encode(&header("m"), NEW_YEAR, Treatment::default(), request, |_, _| true).to_vec();
            let record = decode(&bytes).unwrap();
            old.ingest(&record.header, &record.batches, record.arrived).unwrap();
        }
        let (live, old) = (taken(&live), taken(&old));
        disk.kill();
        let replayed = taken(&open(&disk));
        for other in [old, replayed] {
            prop_assert_eq!(format!("{:?}", other.rows), format!("{:?}", live.rows));
            prop_assert_eq!(format!("{:?}", other.pending), format!("{:?}", live.pending));
        }
    }
}
