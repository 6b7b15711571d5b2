//! Models that threads share, and what a panic does to them.
//!
//! A batch is decoded, validated and checked before anything is changed, so that a panic up to there costs that batch
//! alone. One that comes later leaves a model half counted. Nobody can tell what is missing then, so the model is
//! damaged from there on: the lock, which the panic has poisoned, is never opened again, and whoever asks gets
//! [`EngineError::Internal`]. A restart makes the model anew from what is stored. Readers change nothing and damage
//! nothing.

use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::error::{EngineError, Result};
use crate::model::Model;

/// One model behind its lock.
#[derive(Debug)]
pub struct SharedModel {
    name: String,
    model: RwLock<Model>,
}

impl SharedModel {
    /// Shares a model.
    pub fn new(model: Model) -> Self {
        Self { name: model.monitor.model.clone(), model: RwLock::new(model) }
    }

    /// The model to be asked.
    ///
    /// # Errors
    /// [`EngineError::Internal`] if it is damaged.
    pub fn read(&self) -> Result<RwLockReadGuard<'_, Model>> {
        self.model.read().map_err(|_| self.damaged())
    }

    /// The model to be changed. A panic before the guard is dropped damages it.
    ///
    /// # Errors
    /// [`EngineError::Internal`] if it is damaged.
    pub fn write(&self) -> Result<RwLockWriteGuard<'_, Model>> {
        self.model.write().map_err(|_| self.damaged())
    }

    /// Whether a panic has left it half changed.
    pub fn is_damaged(&self) -> bool {
        self.model.is_poisoned()
    }

    fn damaged(&self) -> EngineError {
        EngineError::Internal(format!(
            "model {:?} is damaged: a defect interrupted a change of it, so that its numbers may be wrong; restart the \
             collector, which makes it anew from what is stored",
            self.name
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::borrow::Cow;
    use std::sync::Arc;

    use super::*;
    use crate::batch::{Batch, Column, DataType, Field, Primitive, Schema, Values};
    use crate::engine::{Engine, Header};
    use crate::log::{FileDirectory, LogOptions};
    use crate::panics::failpoints;
    use crate::query::Selection;
    use crate::snapshot::SnapshotContent;

    fn batch(values: &[f64]) -> Batch<'static> {
        let fields = ["x", "prediction", "label", "prediction_id"].map(|name| Field {
            name: name.to_owned(),
            data_type: DataType::Primitive(Primitive::Float64),
            role: None,
        });
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let values_of_column = || Values::Primitive(Primitive::Float64, Cow::Owned(bytes.clone()));
        let columns = fields.iter().map(|_| Column { validity: None, values: values_of_column() }).collect();
        Batch { schema: Arc::new(Schema { fields: fields.to_vec() }), rows: values.len(), columns }
    }

    fn send(engine: &Engine, model: &str, sequence: u64, values: &[f64]) -> Result<u64> {
        let header = Header {
            producer_id: "producer".into(),
            sequence,
            model: model.into(),
            version: "1".into(),
            ..Header::default()
        };
        Ok(engine.ingest(&header, &[batch(values)], 0)?.records)
    }

    fn selection(model: &str) -> Selection {
        Selection { model: model.into(), ..Selection::default() }
    }

    /// Everything that is known about a model, in words.
    fn state(engine: &Engine, model: &str) -> String {
        let shared = engine.model(model).unwrap();
        let rows = engine.profile(&selection(model), &[]).unwrap();
        format!("{:?} {rows:?}", shared.read().unwrap())
    }

    fn panicking<T>(failpoint: &'static str, work: impl FnOnce() -> Result<T>) -> String {
        failpoints::arm(failpoint);
        let result = work();
        assert!(!failpoints::is_armed(), "the place {failpoint} is come to");
        match result {
            Err(EngineError::Internal(message)) => message,
            Err(other) => panic!("refused as {other:?}"),
            Ok(_) => panic!("not refused"),
        }
    }

    #[test]
    fn a_panic_before_anything_is_counted_changes_nothing() {
        let engine = Engine::new("writer");
        send(&engine, "m", 1, &[1.0, 2.0]).unwrap();
        let (before, counted) = (state(&engine, "m"), engine.counters());
        let message = panicking("check", || send(&engine, "m", 2, &[3.0]));
        assert!(message.contains("report") && message.contains("failpoint check"), "{message}");
        assert_eq!(state(&engine, "m"), before);
        let mut expected = counted.clone();
        expected.batches_rejected.insert("internal", 1);
        assert_eq!(engine.counters(), expected);
        assert_eq!(engine.damaged_models(), Vec::<String>::new());
        // The same batch again is no duplicate: it was never counted.
        assert_eq!(send(&engine, "m", 2, &[3.0]), Ok(1));
    }

    #[test]
    fn a_panic_for_a_model_that_does_not_exist_leaves_none_behind() {
        let engine = Engine::new("writer");
        panicking("check", || send(&engine, "m", 1, &[1.0]));
        assert_eq!(engine.model_names(), Vec::<String>::new());
    }

    #[test]
    fn a_model_half_counted_answers_no_more_and_is_not_written() {
        for failpoint in ["place", "sketch", "judge"] {
            let engine = Engine::new("writer");
            send(&engine, "m", 1, &[1.0, 2.0]).unwrap();
            send(&engine, "other", 2, &[5.0]).unwrap();
            panicking(failpoint, || send(&engine, "m", 3, &[3.0, 4.0]));
            assert_eq!(engine.damaged_models(), ["m"], "{failpoint}");
            let (versions, _) = engine.stats().unwrap();
            assert_eq!(versions.iter().map(|version| &*version.model).collect::<Vec<_>>(), ["other"]);
            let refusals = [
                send(&engine, "m", 4, &[1.0]).map(|_| ()),
                engine.profile(&selection("m"), &[]).map(|_| ()),
                engine.monitor("m").map(|_| ()),
                engine.set_monitor(crate::monitor::Monitor::new("m")),
                engine.begin_flush(0).map(|_| ()),
            ];
            for refusal in refusals {
                assert!(
                    matches!(&refusal, Err(EngineError::Internal(text)) if text.contains("\"m\" is damaged")),
                    "{failpoint}: {refusal:?}"
                );
            }
            // Two batches were refused: the one that did the damage, and the one after it.
            assert_eq!(engine.counters().batches_rejected["internal"], 2);
            assert_eq!(engine.counters().records, 3);
            // Others go on as if nothing had been.
            assert_eq!(send(&engine, "other", 5, &[6.0]), Ok(1));
            assert_eq!(engine.profile(&selection("other"), &[]).unwrap().1.records, 2);
            assert_eq!(engine.models().unwrap().len(), 1);
        }
    }

    #[test]
    fn a_flush_that_meets_a_damaged_model_gives_back_what_it_took() {
        let engine = Engine::new("writer");
        send(&engine, "a", 1, &[1.0]).unwrap();
        send(&engine, "b", 2, &[1.0]).unwrap();
        let before = engine.profile(&selection("a"), &[]).unwrap().1;
        panicking("sketch", || send(&engine, "b", 3, &[2.0]));
        assert!(engine.begin_flush(0).is_err());
        assert_eq!(engine.profile(&selection("a"), &[]).unwrap().1, before);
        assert!(matches!(engine.commit_flush(), Err(EngineError::FailedPrecondition(_))));
    }

    #[test]
    fn a_flush_begun_before_the_damage_is_finished() {
        let engine = Engine::new("writer");
        send(&engine, "a", 1, &[1.0, 2.0]).unwrap();
        let flush = engine.begin_flush(0).unwrap().unwrap();
        panicking("sketch", || send(&engine, "a", 2, &[2.0]));
        let records = flush.rows.iter().find_map(|row| match &row.content {
            SnapshotContent::Cell { records, .. } => Some(*records),
            _ => None,
        });
        assert_eq!(records, Some(2));
        assert_eq!(engine.commit_flush(), Ok(()));
    }

    #[test]
    fn what_panicked_is_not_counted_after_a_restart_either() {
        let folder = std::env::temp_dir().join(format!("driftline-void-{}", std::process::id()));
        let open = || {
            let engine = Engine::new("writer");
            let directory = Arc::new(FileDirectory::open(&folder).unwrap());
            let recovery =
                engine.open_log(directory, 0, LogOptions { segment_bytes: 4_096 }, false, true).unwrap();
            (engine, recovery.records)
        };
        let (engine, _) = open();
        send(&engine, "m", 1, &[1.0, 2.0]).unwrap();
        panicking("sketch", || send(&engine, "m", 2, &[3.0]));
        send(&engine, "other", 3, &[5.0]).unwrap();
        drop(engine);
        let (engine, records) = open();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((records, engine.damaged_models().len()), (3, 0));
        assert_eq!(engine.profile(&selection("m"), &[]).unwrap().1.records, 2);
    }
}
