//! Text of which only a keyed hash is kept.
//!
//! Where a monitor asks for it, every text value of a batch is replaced on arrival, before the batch is logged or
//! counted: by 16 hexadecimal digits of SipHash-2-4 under a key that stays where the state is. Equal values stay equal,
//! within a column and across columns, so that counts, segments, drift and joins are what they would be; who has the
//! state but not the key cannot try values out.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher24;

use crate::batch::{Batch, Bitmap, Column, Dictionary, Text, Values};
use crate::error::{EngineError, Result};
use crate::monitor::Monitor;
use crate::segment::{NULL, OTHER};
use crate::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::ColumnProfile;

/// Digits of a hash as it is kept and shown.
const DIGITS: usize = 16;

/// What values are hashed with. It shows itself to nobody.
#[derive(Clone)]
pub struct HashKey([u8; 16]);

impl fmt::Debug for HashKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HashKey(..)")
    }
}

impl HashKey {
    /// A key, which should be random.
    pub fn new(key: [u8; 16]) -> Self {
        Self(key)
    }

    /// Tells keys apart without giving them away.
    pub fn id(&self) -> String {
        self.digits(b"driftline: which key is this?")
    }

    /// What stands in place of a value.
    pub(crate) fn digits(&self, value: &[u8]) -> String {
        format!("{:016x}", self.number(value))
    }

    pub(crate) fn number(&self, value: &[u8]) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(value);
        hasher.finish()
    }

    /// The batch with a hash in place of every text that the monitor does not want to see.
    pub(crate) fn batch<'a>(&self, batch: &Batch<'a>, monitor: &Monitor) -> Batch<'a> {
        let columns = batch.columns.iter().zip(&batch.schema.fields).map(|(column, field)| {
            if monitor.hashes(&field.name) { self.column(column, batch.rows) } else { column.clone() }
        });
        Batch { schema: Arc::clone(&batch.schema), rows: batch.rows, columns: columns.collect() }
    }

    fn column<'a>(&self, column: &Column<'a>, rows: usize) -> Column<'a> {
        let validity = column.validity.clone();
        let values = match &column.values {
            Values::Text(text) => Values::Text(self.text(text, validity.as_ref(), rows)),
            Values::Dictionary(keys, dictionary) => {
                let entries: Vec<_> =
                    (0..dictionary.len()).map(|key| self.digits(dictionary.get(key).as_bytes())).collect();
                let hashed = Dictionary::new(entries.iter().map(String::as_str));
                Values::Dictionary(keys.clone(), Arc::new(hashed))
            }
            other @ (Values::Null | Values::Boolean(_) | Values::Primitive(..) | Values::Hashes(_)) => {
                other.clone()
            }
        };
        Column { validity, values }
    }

    fn text(&self, text: &Text<'_>, validity: Option<&Bitmap<'_>>, rows: usize) -> Text<'static> {
        let mut bytes = Vec::with_capacity(rows * DIGITS);
        let mut offsets = Vec::with_capacity((rows + 1) * size_of::<u64>());
        offsets.extend(0_u64.to_le_bytes());
        for row in 0..rows {
            if validity.is_none_or(|valid| valid.get(row)) {
                bytes.extend_from_slice(self.digits(text.get(row)).as_bytes());
            }
            offsets.extend((bytes.len() as u64).to_le_bytes());
        }
        Text { offsets: Cow::Owned(offsets), large: true, bytes: Cow::Owned(bytes) }
    }
}

/// Refuses rows that hold values as they were sent, where a monitor wants none of them.
///
/// # Errors
/// [`EngineError::FailedPrecondition`] naming the column.
pub(crate) fn check_rows<'r>(
    rows: impl IntoIterator<Item = &'r SnapshotRow>,
    monitor: &Monitor,
) -> Result<()> {
    if monitor.hashed_columns.is_empty() {
        return Ok(());
    }
    for row in rows {
        let is_plain =
            |(column, value): &&(String, String)| monitor.hashes(column) && !is_segment_hash(value);
        if let Some((column, _)) = row.segment.iter().find(is_plain) {
            return Err(plain_values(column, monitor));
        }
        let SnapshotContent::Column { name, profile: ColumnProfile::Categorical(profile), .. } = &row.content
        else {
            continue;
        };
        let names = profile.categories.known().map_or(&[][..], |counts| counts.categories().names());
        let items = profile.frequent.items();
        let mut values = items.iter().map(|item| item.0).chain(names.iter().map(String::as_str));
        if monitor.hashes(name) && !values.all(is_hash) {
            return Err(plain_values(name, monitor));
        }
    }
    Ok(())
}

fn plain_values(column: &str, monitor: &Monitor) -> EngineError {
    EngineError::FailedPrecondition(format!(
        "rows of column {column:?} hold values as they were sent, and model {:?} keeps only hashes of them; make them of \
         records that this collector has counted",
        monitor.model
    ))
}

/// Booleans are never hashed.
fn is_hash(value: &str) -> bool {
    matches!(value, "true" | "false")
        || value.len() == DIGITS && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Neither are numbers, and what stands for no value.
fn is_segment_hash(value: &str) -> bool {
    is_hash(value) || value == NULL || value == OTHER || value.parse::<f64>().is_ok()
}
