//! Labels by who gave them: how many contradict the prediction.

use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_sketches::principals::{Frame, PrincipalProfile, Principals};

use super::settings::SignalSettings;
use crate::batch::Batch;
use crate::monitor::Monitor;
use crate::plan::Plan;
use crate::segment::{Named, name_rows};

/// Who gave the labels of a batch.
pub(crate) struct Sources {
    settings: SignalSettings,
    named: Named,
}

/// Labels and flips by version and start of the window of the prediction, and by the number of their source.
pub(crate) type Flips = BTreeMap<(u32, i64), BTreeMap<u32, (u64, u64)>>;

/// The same of labels that waited for their prediction, by the name of their source.
pub(crate) type NamedFlips = BTreeMap<(u32, i64), BTreeMap<Arc<str>, (u64, u64)>>;

impl Sources {
    /// Reads a batch; labels that name nobody are the sender's. `None` where nobody asks.
    pub(crate) fn read(batch: &Batch<'_>, plan: &Plan, monitor: &Monitor, sender: &str) -> Option<Self> {
        Some(Self { settings: monitor.signals?, named: name_rows(batch, plan.principal, sender) })
    }

    /// Who gave the label of a row.
    pub(crate) fn name(&self, row: usize) -> &str {
        &self.named.names[self.named.of_row[row] as usize]
    }

    /// The most principals that have a profile of their own.
    pub(crate) fn most(&self) -> usize {
        self.settings.most as usize
    }

    /// Notes that the label of a row agreed with its prediction or not.
    pub(crate) fn note(&self, flips: &mut Flips, (version, window): (u32, i64), row: usize, is_flip: bool) {
        let of_source = flips.entry((version, window)).or_default().entry(self.named.of_row[row]);
        count(of_source.or_default(), is_flip);
    }

    /// What was noted of one window, by the names of the sources.
    pub(crate) fn by_name<'n>(
        &'n self,
        noted: &'n BTreeMap<u32, (u64, u64)>,
    ) -> impl Iterator<Item = (&'n str, (u64, u64))> {
        noted.iter().map(|(&group, &counts)| (self.named.names[group as usize].as_str(), counts))
    }
}

/// Counts one label, and one flip if it is one.
pub(crate) fn count((labels, flips): &mut (u64, u64), is_flip: bool) {
    *labels += 1;
    *flips += u64::from(is_flip);
}

/// Adds labels and flips by the name of their source to the principals of a cell.
pub(crate) fn add_counts<'n>(
    principals: &mut Option<Box<Principals>>,
    most: usize,
    noted: impl Iterator<Item = (&'n str, (u64, u64))>,
) {
    let seen = noted.map(|(name, (labels, flips))| {
        let add = move |profile: &mut PrincipalProfile| {
            profile.labels += labels;
            profile.flips += flips;
        };
        (name, add)
    });
    principals.get_or_insert_default().add(most, Frame::None, seen);
}
