//! Whether the inputs have moved, or the relation of the labels to what the model says, or both.

mod alarms;
mod ready;
mod relation;

use driftline_sketches::Performance;
use driftline_stats::concept::{ErrorRule, Judged, NotWatched};

pub use self::alarms::Alarms;
use self::ready::Readiness;
pub use self::ready::{NotReady, Ready};
pub use self::relation::{Relation, RelationStratum};
use super::evidence::{EvidenceAnswer, EvidenceRequest};
use super::gathering::{Asked, Gathering};
use super::kept_windows::KeptWindows;
use super::labelled_windows::LabelledWindows;
use super::reference::{Reference, Resolved};
use super::selection::{Columns, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::role::Role;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ConceptRequest {
    /// Which records.
    pub selection: Selection,
    /// What they are compared with.
    pub reference: Reference,
    /// The chance of ever saying that the inputs have moved while they have not, and the same of the relation.
    pub level: f64,
    /// Labels without which a window takes no part.
    pub min_labels: u64,
    /// The share of a window's predictions without whose labels it takes no part; none: half of that of the reference.
    pub min_coverage: Option<f64>,
}

/// What has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing, for certain.
    Nothing,
    /// The inputs.
    Inputs,
    /// The relation of labels to predictions.
    Relation,
    /// Both.
    Both,
    /// No window has enough labels yet, or there is nothing to compare them with.
    Unknown,
}

impl Verdict {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Inputs => "inputs_moved",
            Self::Relation => "relation_moved",
            Self::Both => "both",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer.
#[derive(Debug, Clone)]
pub struct ConceptAnswer {
    /// Evidence about the inputs, in all windows.
    pub inputs: EvidenceAnswer,
    /// Evidence about the relation, in the windows that are ready.
    pub relation: std::result::Result<Relation, NotWatched>,
    /// What the detectors of the literature say of the same windows.
    pub alarms: Vec<Alarms>,
    /// The windows with predictions, by whether their labels have come.
    pub ready: Ready,
}

impl ConceptAnswer {
    /// What has moved.
    pub fn verdict(&self) -> Verdict {
        let inputs = self.inputs.columns.iter().any(|column| column.is_discovery);
        match &self.relation {
            Err(_) => Verdict::Unknown,
            Ok(_) if self.ready.windows == 0 => Verdict::Unknown,
            Ok(relation) => match (inputs, relation.has_moved) {
                (false, false) => Verdict::Nothing,
                (true, false) => Verdict::Inputs,
                (false, true) => Verdict::Relation,
                (true, true) => Verdict::Both,
            },
        }
    }
}

impl ConceptRequest {
    fn inputs(&self) -> EvidenceRequest {
        EvidenceRequest {
            selection: self.selection.clone(),
            reference: self.reference.clone(),
            columns: Vec::new(),
            by: Vec::new(),
            level: self.level,
            block: 0,
            ks_tolerance: None,
            mean_tolerance: None,
        }
    }

    fn check(&self) -> Result<()> {
        self.inputs().check()?;
        match self.min_coverage {
            Some(share) if !(0.0..=1.0).contains(&share) => Err(EngineError::InvalidArgument(format!(
                "min_coverage must be a share of the predictions from 0 to 1, got {share}"
            ))),
            _ => Ok(()),
        }
    }
}

impl Engine {
    /// Whether the inputs or the relation of labels to predictions have moved from a reference.
    ///
    /// # Errors
    /// As [`Engine::evidence`]; [`EngineError::InvalidArgument`] for a share of labels that is none, and for too many
    /// windows.
    pub fn concept(&self, request: &ConceptRequest) -> Result<ConceptAnswer> {
        let reference = self.resolve(&request.reference, &request.selection)?;
        let gathering = self.gather_concept(request, &reference)?;
        gathering.check_complete()?;
        gathering.concept(request, &reference)
    }

    /// Gathers what [`Gathering::concept`] looks at.
    ///
    /// # Errors
    /// As [`Engine::concept`].
    pub fn gather_concept(&self, request: &ConceptRequest, reference: &Resolved) -> Result<Gathering> {
        request.check()?;
        let selection = &request.selection;
        let labelled = KeptWindows::Labelled(LabelledWindows::default());
        let mut asked =
            vec![Asked::kept(selection, Columns::None, labelled), Asked::windows(selection, &[], &[])];
        asked.extend(reference.asked(&[]));
        self.gather(&asked)
    }
}

impl Gathering {
    /// See [`Engine::concept`].
    ///
    /// # Errors
    /// As [`Engine::concept`].
    pub fn concept(self, request: &ConceptRequest, reference: &Resolved) -> Result<ConceptAnswer> {
        let mut parts = self.into_parts().into_iter();
        let Some(KeptWindows::Labelled(labelled)) = parts.next().and_then(|part| part.kept) else {
            return Err(EngineError::Internal("labels were not gathered by windows".into()));
        };
        let mut windows = parts.next().map(|part| part.apart).unwrap_or_default();
        for segment in &mut windows {
            segment.columns.retain(|_, column| matches!(column.role, Role::Feature | Role::Segment));
        }
        let of_records = parts.next();
        let performance = match (reference, &of_records) {
            (Resolved::Baseline { baseline, .. }, _) => baseline.performance().clone(),
            (Resolved::Records(_), Some(part)) => {
                part.merged.first().map(|(_, merged)| merged.performance.clone()).unwrap_or_default()
            }
            (Resolved::Records(_), None) => Performance::default(),
        };
        let performance = performance.into_net();
        let readiness = Readiness::new(request, &performance);
        let (observed, ready) = readiness.split(&labelled.windows);
        // Bins of numbers have to be the same in the reference and in all windows.
        let level = observed.iter().map(|(_, window)| Judged::of(window).level()).max().unwrap_or(0);
        let performance = performance.at_level(level);
        let judged = Judged::of(&performance);
        Ok(ConceptAnswer {
            relation: Relation::new(judged, &observed, request.level),
            alarms: Alarms::of(ErrorRule::of(judged), &observed),
            ready,
            inputs: request.inputs().weigh(windows, reference, of_records)?,
        })
    }
}
