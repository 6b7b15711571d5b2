//! What has been counted of each producer, as Arrow, to be kept beside the snapshot rows.
//!
//! One row a producer: `producer_id`, `epoch`, `highest` number, `counted` and `refused` (128 bytes each: bit
//! `n % 1024`, least significant first, is that of number `n` of the last 1,024), `gaps`, `last_seen`
//! (nanoseconds, by the time of `driftline_engine::producers`).

use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray, UInt64Array};
use driftline_engine::producer::{SEQUENCE_WINDOW, SequenceBits, Sequences};

use super::nested::defect;
use super::typed::Typed;
use crate::error::{Result, WireError};

const BYTES: usize = (SEQUENCE_WINDOW / 8) as usize;

/// Producers as one record batch.
///
/// # Errors
/// None but those of a defect.
pub fn to_record_batch(producers: &[(String, Sequences)]) -> Result<RecordBatch> {
    let numbers = |get: fn(&Sequences) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(producers.iter().map(|(_, sequences)| get(sequences))))
    };
    let bits = |get: fn(&Sequences) -> &SequenceBits| -> ArrayRef {
        let bytes = producers.iter().map(|(_, sequences)| to_bytes(get(sequences)));
        Arc::new(BinaryArray::from_iter_values(bytes))
    };
    let fields: Vec<(&str, ArrayRef)> = vec![
        ("producer_id", Arc::new(StringArray::from_iter_values(producers.iter().map(|(id, _)| id)))),
        ("epoch", numbers(|sequences| sequences.epoch)),
        ("highest", numbers(|sequences| sequences.highest)),
        ("counted", bits(|sequences| &sequences.counted)),
        ("refused", bits(|sequences| &sequences.refused)),
        ("gaps", numbers(|sequences| sequences.gaps)),
        (
            "last_seen",
            Arc::new(Int64Array::from_iter_values(producers.iter().map(|(_, each)| each.last_seen))),
        ),
    ];
    RecordBatch::try_from_iter(fields).map_err(|error| defect(&error))
}

/// Producers of a record batch.
///
/// # Errors
/// [`WireError::SnapshotRow`] for a column that is missing, null or of another type, and for bits that are not
/// 128 bytes.
pub fn from_record_batch(batch: &RecordBatch) -> Result<Vec<(String, Sequences)>> {
    let id: Typed<'_, StringArray> = Typed::find(batch, "producer_id")?;
    let epoch: Typed<'_, UInt64Array> = Typed::find(batch, "epoch")?;
    let highest: Typed<'_, UInt64Array> = Typed::find(batch, "highest")?;
    let counted: Typed<'_, BinaryArray> = Typed::find(batch, "counted")?;
    let refused: Typed<'_, BinaryArray> = Typed::find(batch, "refused")?;
    let gaps: Typed<'_, UInt64Array> = Typed::find(batch, "gaps")?;
    let last_seen: Typed<'_, Int64Array> = Typed::find(batch, "last_seen")?;
    (0..batch.num_rows())
        .map(|row| {
            let sequences = Sequences {
                epoch: epoch.get(row)?,
                highest: highest.get(row)?,
                counted: from_bytes(row, "counted", counted.get(row)?)?,
                refused: from_bytes(row, "refused", refused.get(row)?)?,
                gaps: gaps.get(row)?,
                last_seen: last_seen.get(row)?,
            };
            Ok((id.get(row)?.to_owned(), sequences))
        })
        .collect()
}

fn to_bytes(bits: &SequenceBits) -> Vec<u8> {
    bits.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn from_bytes(row: usize, column: &'static str, bytes: &[u8]) -> Result<SequenceBits> {
    let (words, rest) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let message = || format!("must be {BYTES} bytes, got {}", bytes.len());
    match <SequenceBits>::try_from(words) {
        Ok(bits) if rest.is_empty() => Ok(bits),
        _ => Err(WireError::SnapshotRow { row, column, message: message() }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn producers_are_read_back_as_they_were() {
        let mut sequences = Sequences { last_seen: -3, ..Sequences::default() };
        for number in [1, 2, 4, 1_500] {
            sequences.mark(9, number);
        }
        sequences.refuse(9, 1_499);
        let producers = vec![("a".to_owned(), sequences), ("β".to_owned(), Sequences::default())];
        let batch = to_record_batch(&producers).unwrap();
        assert_eq!(from_record_batch(&batch).unwrap(), producers);
        assert!(from_bytes(0, "counted", &[0; 127]).is_err());
        assert!(from_bytes(0, "counted", &[0; 136]).is_err());
        assert!(from_record_batch(&batch.project(&[0, 1]).unwrap()).is_err());
    }
}
