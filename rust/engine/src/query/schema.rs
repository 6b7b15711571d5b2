//! In what the columns of two sides differ.

use std::collections::BTreeMap;

use super::quality::Side;
use crate::flush::kind_of;

/// In what a column differs from the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is not there.
    Missing,
    /// It is there and has only had nulls that say no type.
    Untyped,
    /// The reference has none of this name.
    Added,
    /// Its kind.
    Kind,
    /// Its role.
    Role,
}

impl Change {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Untyped => "untyped",
            Self::Added => "added",
            Self::Kind => "kind",
            Self::Role => "role",
        }
    }
}

/// One difference of the columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaChange {
    /// Which.
    pub change: Change,
    /// Column name.
    pub column: String,
    /// What the reference has: a kind or a role; empty where it has no such column.
    pub reference: String,
    /// What the current records have.
    pub current: String,
}

/// In what the columns differ; nothing where there is no record to tell it from. `known` are the columns that ever
/// came, and whether they had only nulls.
pub(super) fn changes(
    reference: &Side<'_>,
    current: &Side<'_>,
    known: &BTreeMap<String, bool>,
) -> Vec<SchemaChange> {
    if current.records == 0 {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let mut note = |change, column: &str, reference: &str, current: &str| {
        let text = str::to_owned;
        changes.push(SchemaChange {
            change,
            column: text(column),
            reference: text(reference),
            current: text(current),
        });
    };
    for (name, (role, before)) in &reference.columns {
        let kind = kind_of(before);
        let Some((current_role, now)) = current.columns.get(name) else {
            let is_untyped = known.get(*name).is_some_and(|is_untyped| *is_untyped);
            note(if is_untyped { Change::Untyped } else { Change::Missing }, name, kind.name(), "");
            continue;
        };
        if kind != kind_of(now) {
            note(Change::Kind, name, kind.name(), kind_of(now).name());
        }
        if role != current_role {
            note(Change::Role, name, role.name(), current_role.name());
        }
    }
    for (name, (_, now)) in &current.columns {
        if !reference.columns.contains_key(name) {
            note(Change::Added, name, "", kind_of(now).name());
        }
    }
    changes.sort();
    changes
}
