//! What records are compared with: a stored baseline, or other records.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use driftline_sketches::ColumnProfile;
use driftline_stats::drift::Prepared;

use super::gathering::Asked;
use super::relative::Relative;
use super::selection::{Coverage, Merged, Selection};
use crate::baseline::Baseline;
use crate::engine::{Engine, not_found};
use crate::error::{EngineError, Result};
use crate::role::Role;

/// What to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// What the monitor says.
    Default,
    /// A named baseline.
    Baseline(String),
    /// Other records.
    Records(Selection),
    /// Records that are found from those asked about.
    Relative(Relative),
}

/// A reference that was looked up.
#[derive(Debug, Clone)]
pub enum Resolved {
    /// A baseline.
    Baseline {
        /// Its name.
        name: String,
        /// As it is now.
        baseline: Arc<Baseline>,
    },
    /// Records, which are to be gathered.
    Records(Selection),
}

/// What an answer was compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Name of the baseline, or `records`.
    pub name: String,
    /// Hash of the baseline's data; `None` for records, which may still change.
    pub fingerprint: Option<u128>,
    /// Versions whose records it was made of, as far as is known.
    pub versions: Vec<String>,
    /// Where its records come from.
    pub coverage: Coverage,
}

/// A column of a reference.
pub(crate) struct ReferenceColumn<'r> {
    pub(crate) name: &'r str,
    pub(crate) role: Role,
    pub(crate) profile: &'r ColumnProfile,
    /// Of a baseline: where what all that is compared with it has in common is kept.
    prepared: Option<&'r OnceLock<Prepared>>,
}

impl ReferenceColumn<'_> {
    /// What all that is compared with it has in common, made when it is first asked for; none where it is not kept.
    pub(crate) fn prepared(&self) -> Option<&Prepared> {
        self.prepared.map(|prepared| prepared.get_or_init(|| Prepared::new(self.profile)))
    }
}

impl Engine {
    /// Looks a reference up, for records that are asked about.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown model, baseline or version; [`EngineError::FailedPrecondition`] when the
    /// monitor says nothing and nothing is named; [`EngineError::InvalidArgument`] for a reference that makes no sense.
    pub fn resolve(&self, reference: &Reference, asked: &Selection) -> Result<Resolved> {
        match reference {
            Reference::Records(records) => Ok(Resolved::Records(records.clone())),
            Reference::Relative(relative) => Ok(Resolved::Records(relative.to(asked)?)),
            Reference::Baseline(name) => self.stored(name, asked),
            Reference::Default => {
                let (name, rule) = {
                    let model = self.model(&asked.model)?;
                    let model = model.read()?;
                    (model.monitor.baseline.clone(), model.monitor.compare_with.clone())
                };
                match rule {
                    Some(relative) => Ok(Resolved::Records(relative.to(asked)?)),
                    None => self.stored(&name, asked),
                }
            }
        }
    }

    fn stored(&self, name: &str, asked: &Selection) -> Result<Resolved> {
        let model = self.model(&asked.model)?;
        let model = model.read()?;
        if name.is_empty() {
            return Err(EngineError::FailedPrecondition(format!(
                "model {:?} has no default baseline; set one, name one, or compare with other records",
                asked.model
            )));
        }
        let baseline = model.baselines.get(name);
        let baseline = baseline.ok_or_else(|| not_found("baseline", name, model.baselines.keys()))?;
        Ok(Resolved::Baseline { name: name.to_owned(), baseline: Arc::clone(baseline) })
    }
}

impl Resolved {
    /// What is to be gathered for it, if anything.
    pub(crate) fn asked<'a>(&'a self, columns: &[String]) -> Option<Asked<'a>> {
        match self {
            Self::Baseline { .. } => None,
            Self::Records(records) => Some(Asked::columns(records, columns)),
        }
    }

    /// Its columns by name; of records: of what was gathered for it.
    pub(crate) fn columns<'r>(
        &'r self,
        gathered: &'r Merged,
    ) -> BTreeMap<&'r str, (Role, &'r ColumnProfile)> {
        self.each_column(gathered).map(|column| (column.name, (column.role, column.profile))).collect()
    }

    /// The same one after the other, by name.
    pub(crate) fn each_column<'r>(
        &'r self,
        gathered: &'r Merged,
    ) -> Box<dyn Iterator<Item = ReferenceColumn<'r>> + 'r> {
        match self {
            Self::Baseline { baseline, .. } => {
                let columns = baseline.columns().iter().zip(baseline.prepared());
                Box::new(columns.map(|((name, (role, profile)), prepared)| ReferenceColumn {
                    name,
                    role: *role,
                    profile,
                    prepared: Some(prepared),
                }))
            }
            Self::Records(_) => Box::new(gathered.columns.iter().map(|(name, column)| ReferenceColumn {
                name,
                role: column.role,
                profile: &column.profile,
                prepared: None,
            })),
        }
    }

    /// What an answer says of it.
    pub(crate) fn compared(&self, gathered: &Merged) -> Compared {
        match self {
            Self::Baseline { name, baseline } => Compared {
                name: name.clone(),
                fingerprint: Some(baseline.fingerprint()),
                versions: baseline.versions().to_vec(),
                coverage: baseline.coverage(),
            },
            Self::Records(records) => Compared {
                name: "records".into(),
                fingerprint: None,
                versions: records.version.iter().cloned().collect(),
                coverage: gathered.coverage,
            },
        }
    }
}
