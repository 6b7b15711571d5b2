//! Labels by who gave them: how many contradict the prediction.

use std::collections::BTreeMap;

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

impl Sources {
    /// Reads a batch; labels that name nobody are the sender's. `None` where nobody asks.
    pub(crate) fn read(batch: &Batch<'_>, plan: &Plan, monitor: &Monitor, sender: &str) -> Option<Self> {
        Some(Self { settings: monitor.signals?, named: name_rows(batch, plan.principal, sender) })
    }

    /// Notes that the label of a row agreed with its prediction or not.
    pub(crate) fn note(&self, flips: &mut Flips, (version, window): (u32, i64), row: usize, is_flip: bool) {
        let of_source =
            flips.entry((version, window)).or_default().entry(self.named.of_row[row]).or_default();
        of_source.0 += 1;
        of_source.1 += u64::from(is_flip);
    }

    /// Adds what was noted of one window to the principals of its cell.
    pub(crate) fn add_to(&self, principals: &mut Option<Box<Principals>>, noted: &BTreeMap<u32, (u64, u64)>) {
        let seen = noted.iter().map(|(&group, &(labels, flips))| {
            let add = move |profile: &mut PrincipalProfile| {
                profile.labels += labels;
                profile.flips += flips;
            };
            (self.named.names[group as usize].as_str(), add)
        });
        principals.get_or_insert_default().add(self.settings.most as usize, Frame::None, seen);
    }
}
