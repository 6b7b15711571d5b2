//! Who gave the labels among the entries that wait: `source`, where it is known; and of the labels that one has corrected
//! three lists of one length, `corrected_source`, `corrected_kind`, `corrected`. Older files lack them.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, RecordBatch, StringArray};
use driftline_engine::pending::{CorrectedLabel, PendingEntry, Waiting};

use super::nested::text_lists;
use super::typed::Typed;
use crate::error::Result;

/// The columns for all entries; null where an entry is no label.
pub(super) fn write(entries: &[PendingEntry]) -> Result<Vec<(&'static str, ArrayRef)>> {
    let sources = entries.iter().map(|entry| match &entry.waits {
        Waiting::Label { source, .. } => source.as_deref(),
        Waiting::Prediction { .. } | Waiting::Query(_) => None,
    });
    let lists = |get: fn(&CorrectedLabel) -> &str| {
        text_lists(entries.iter().map(|entry| match &entry.waits {
            Waiting::Label { corrected, .. } => Some(corrected.iter().map(get).collect()),
            Waiting::Prediction { .. } | Waiting::Query(_) => None,
        }))
    };
    Ok(vec![
        ("source", Arc::new(sources.collect::<StringArray>())),
        ("corrected_source", lists(|label| &label.source)?),
        ("corrected_kind", lists(|label| &label.outcome.0)?),
        ("corrected", lists(|label| &label.outcome.1)?),
    ])
}

/// These columns, found once.
pub(super) struct SourceColumns<'a> {
    source: Typed<'a, StringArray>,
    corrected_source: Typed<'a, ListArray>,
    corrected_kind: Typed<'a, ListArray>,
    corrected: Typed<'a, ListArray>,
}

impl<'a> SourceColumns<'a> {
    /// `None` in files of a time when labels that waited were nobody's.
    pub(super) fn find(batch: &'a RecordBatch) -> Result<Option<Self>> {
        let Some(source) = Typed::find_later(batch, "source")? else { return Ok(None) };
        Ok(Some(Self {
            source,
            corrected_source: Typed::find(batch, "corrected_source")?,
            corrected_kind: Typed::find(batch, "corrected_kind")?,
            corrected: Typed::find(batch, "corrected")?,
        }))
    }

    pub(super) fn source(&self, row: usize) -> Option<String> {
        self.source.optional(row).map(str::to_owned)
    }

    pub(super) fn corrected(&self, row: usize) -> Result<Vec<CorrectedLabel>> {
        let sources = self.corrected_source.texts(row)?.unwrap_or_default();
        let kinds = self.corrected_kind.texts(row)?.unwrap_or_default();
        let texts = self.corrected.texts(row)?.unwrap_or_default();
        if sources.len() != kinds.len() || sources.len() != texts.len() {
            return Err(self.corrected_source.refuse(row, "must be as long as corrected_kind and corrected"));
        }
        let labels = sources.into_iter().zip(kinds.into_iter().zip(texts));
        Ok(labels.map(|(source, outcome)| CorrectedLabel { source, outcome }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::pending::{from_record_batch, to_record_batch};
    use super::*;
    use crate::snapshot::nested::defect;

    fn label(source: Option<&str>, corrected: &[(&str, &str)]) -> PendingEntry {
        let outcome = |value: &str| ("integer".to_owned(), value.to_owned());
        let corrected = corrected
            .iter()
            .map(|&(source, value)| CorrectedLabel { source: source.to_owned(), outcome: outcome(value) });
        PendingEntry {
            model: "m".into(),
            version: "1".into(),
            id: 1,
            outcome: outcome("1"),
            waits: Waiting::Label {
                time: None,
                waits_since: 7,
                source: source.map(str::to_owned),
                corrected: corrected.collect(),
            },
        }
    }

    #[test]
    fn sources_come_back_as_they_were() -> Result<()> {
        let entries = [
            label(None, &[]),
            label(Some(""), &[]),
            label(Some("b"), &[("a", "0"), ("c", "7")]),
            label(None, &[("a", "0")]),
        ];
        assert_eq!(from_record_batch(&to_record_batch(&entries)?)?, entries);
        Ok(())
    }

    #[test]
    fn a_file_of_before_they_were_kept_has_none() -> Result<()> {
        let mut batch = to_record_batch(&[label(Some("b"), &[("a", "0")])])?;
        for name in ["source", "corrected_source", "corrected_kind", "corrected"] {
            let index = batch.schema().index_of(name).map_err(|error| defect(&error))?;
            batch.remove_column(index);
        }
        assert_eq!(from_record_batch(&batch)?, [label(None, &[])]);
        Ok(())
    }

    #[test]
    fn lists_of_several_lengths_are_refused() -> Result<()> {
        let batch = to_record_batch(&[label(None, &[("a", "0")])])?;
        let shorter = text_lists([Some(vec![])].into_iter())?;
        let schema = batch.schema();
        let fields = schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
            let is_it = field.name() == "corrected_kind";
            (field.name().clone(), if is_it { Arc::clone(&shorter) } else { Arc::clone(array) }, true)
        });
        let fields: Vec<_> = fields.collect();
        let batch = RecordBatch::try_from_iter_with_nullable(fields).map_err(|error| defect(&error))?;
        let refusal = from_record_batch(&batch).map_err(|error| error.to_string());
        assert!(refusal.as_ref().is_err_and(|refusal| refusal.contains("corrected_source")), "{refusal:?}");
        Ok(())
    }
}
