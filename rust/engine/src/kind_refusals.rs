//! Which columns had batches refused for being of another kind than before.

use std::collections::BTreeMap;

/// Most columns that are told apart; batches refused for others are counted by their reason alone.
const MOST_COLUMNS: usize = 4_096;

/// Refused batches by model, version and column, since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindRefusals {
    batches: BTreeMap<(String, String, String), u64>,
}

impl KindRefusals {
    /// Counts a refused batch.
    pub(crate) fn note(&mut self, model: &str, version: &str, column: &str) {
        let key = (model.to_owned(), version.to_owned(), column.to_owned());
        if let Some(batches) = self.batches.get_mut(&key) {
            *batches += 1;
        } else if self.batches.len() < MOST_COLUMNS {
            self.batches.insert(key, 1);
        }
    }

    /// Version, column and batches of a model, of one version if it is given.
    pub fn of<'a>(
        &'a self,
        model: &'a str,
        version: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a str, &'a str, u64)> {
        let first = (model.to_owned(), String::new(), String::new());
        let of_model = self.batches.range(first..).take_while(move |((name, ..), _)| name == model);
        of_model
            .map(|((_, version, column), batches)| (version.as_str(), column.as_str(), *batches))
            .filter(move |(name, ..)| version.is_none_or(|version| version == *name))
    }
}
