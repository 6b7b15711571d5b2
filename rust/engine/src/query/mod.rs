//! Questions and answers: merges the cells of a selection and asks the merged sketches.

mod by_window;
mod canary;
mod column_sets;
mod concept;
mod distribution;
mod drift;
mod estimated;
mod evidence;
mod fairness;
mod gathering;
mod kept_windows;
mod labelled_windows;
mod models;
mod objective_windows;
mod objectives;
mod performance;
mod performance_periods;
mod periods;
mod presence;
mod principal_windows;
mod quality;
mod reference;
mod relative;
mod schema;
mod selection;
mod series;
mod signals;
mod statistic;
mod stats;
mod summary;
mod window_counts;
mod window_listing;
mod windows;

pub use canary::{CanaryAnswer, CanaryRequest, ColumnComparison, RateComparison};
pub use column_sets::{ColumnSetsAnswer, IncomparableSet, SetDrift, SetSide};
pub use concept::{
    Alarms, ConceptAnswer, ConceptRequest, NotReady, Ready, Relation, RelationStratum, Verdict,
};
pub use distribution::{Bin, Distribution, Shape};
pub use drift::{ColumnDrift, DriftAnswer, DriftTerms, Incomparable, IncomparableColumn};
pub use estimated::EstimatedAnswer;
pub use evidence::{
    ColumnEvidence, EvidenceAnswer, EvidenceRequest, LeftOut, LeftOutColumn, LeftOutWindows, NotCompared,
    Tolerated,
};
pub use fairness::{FairnessAnswer, FairnessTerms, GroupFairness, SetSpread};
pub(crate) use gathering::Asked;
pub use gathering::{Gathering, Wanted};
pub use models::{ModelInfo, VersionInfo};
pub use objectives::{Alert, BurnRate, ObjectivesAnswer, RateOver, Standing};
pub use performance::{PerformanceAnswer, SegmentPerformance};
pub use presence::Freshness;
pub use quality::{ColumnQuality, KindRefusal, QualityAnswer};
pub use reference::{Compared, Reference, Resolved};
pub use relative::{MAX_RANGES, Relative, RelativeRange, TimeRange};
pub use schema::{Change, SchemaChange};
pub(crate) use selection::Merged;
pub use selection::{Coverage, MergedColumn, Selection};
pub use series::{ColumnSeries, Point, SeriesAnswer, SeriesQuestion};
pub use signals::{PrincipalSignal, SignalsAnswer, SignalsRequest};
pub use statistic::Statistic;
pub use stats::{Sizes, VersionStats};
pub use summary::{ColumnSummary, ItemCount, NumberSummary, Quantile, QuantilesAnswer};
pub use window_listing::WindowInfo;
pub use windows::{ColumnWindows, SegmentWindows, WindowColumn, WindowContent};
