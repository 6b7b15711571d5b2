//! Whether columns of two versions differ, window by window.

use driftline_stats::evidence::TwoSample;

use super::ColumnComparison;
use crate::query::windows::{ColumnWindows, SegmentWindows, WindowColumn};

/// Evidence about the columns that both versions have, in the order of their names.
pub(super) fn evidence_of_columns(
    control: &SegmentWindows,
    canary: &SegmentWindows,
) -> Vec<ColumnComparison> {
    let both = control.columns.iter().filter_map(|(name, column)| {
        let other = canary.columns.get(name)?;
        evidence_of_column(name, column, other)
    });
    both.collect()
}

/// In the bins in which the canary was counted last; `None` where one version has numbers and the other categories.
fn evidence_of_column(
    name: &str,
    control: &ColumnWindows,
    canary: &ColumnWindows,
) -> Option<ColumnComparison> {
    let kinds = |column: &ColumnWindows| column.windows.values().next().map(WindowColumn::is_numeric);
    if kinds(control) != kinds(canary) {
        return None;
    }
    let layout = canary.windows.values().rev().find_map(WindowColumn::layout);
    let mut found = ColumnComparison {
        column: name.to_owned(),
        role: canary.role,
        log_e_value: 0.0,
        is_discovery: false,
        windows: 0,
        left_out: 0,
        control_records: 0,
        canary_records: 0,
    };
    let mut evidence = layout.map(|layout| TwoSample::new(layout.bins()));
    for (window, of_canary) in &canary.windows {
        let Some(of_control) = control.windows.get(window) else { continue };
        let counts = layout.and_then(|layout| of_control.counts_in(layout).zip(of_canary.counts_in(layout)));
        let (Some((of_control, of_canary)), Some(evidence)) = (counts, &mut evidence) else {
            found.left_out += 1;
            continue;
        };
        evidence.observe(&of_control, &of_canary);
        found.windows += 1;
        found.control_records += of_control.iter().sum::<u64>();
        found.canary_records += of_canary.iter().sum::<u64>();
    }
    found.log_e_value = evidence.map_or(0.0, |evidence| evidence.log_e_value());
    Some(found)
}
