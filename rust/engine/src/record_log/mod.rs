//! The record log: of each window a uniform sample of its records, and of those that are anomalous the strangest.
//!
//! Off unless a monitor asks for it and the engine has a key. Only columns that are named are ever copied, and only of
//! rows that enter ([`columns`], [`values`]).
//!
//! Every record has an id: 64 bits that look drawn, made by a keyed hash of who sent it in which request and row. The sample
//! of a window are the records with its smallest ids, so that it is uniform, the same in whatever order batches come
//! and however often the log is replayed, and the samples of two collectors merge: those with the smallest ids of both
//! ([`reservoir`]). The strangest are those with most anomalies ([`anomalies`]), among equals those with the smallest ids.
//!
//! A flush takes what has entered since the flush before ([`windows`]), so that each record is written once. What
//! comes later may push out what is written already: who reads takes the smallest ids of what all flushes wrote, which are
//! those of the window, since whatever is among the smallest of all is among the smallest of its flush.

mod anomalies;
pub(crate) mod columns;
mod record;
mod reservoir;
mod settings;
mod stamp;
mod values;
mod windows;

pub use anomalies::Reason;
pub use columns::{RecordedColumn, RecordedColumns, RecordedKind};
pub use record::{Anomaly, KeptRecord, RecordCounts, TakenRecord, TakenRecords};
pub use settings::{RecordLogSettings, Redaction};
pub use values::RecordValue;

pub(crate) use stamp::Stamp;
pub(crate) use windows::RecordWindows;
