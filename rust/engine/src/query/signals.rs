//! Who probes a model: signals of each principal beside its cohort, window by window.

use std::collections::BTreeMap;

use driftline_sketches::Hll;
use driftline_sketches::principals::{Frame, PrincipalProfile, Principals};
use driftline_stats::evidence::{Rate, discoveries};
use driftline_stats::performance::Estimate;
use driftline_stats::security::{Asked as AskedOf, Cohort, Part, Signal, Watch};

use super::gathering::{Asked, Gathering};
use super::kept_windows::KeptWindows;
use super::principal_windows::PrincipalWindows;
use super::selection::{Columns, Coverage, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::principals::SignalSettings;

/// Standard errors of a distinct count that are left open.
const DOUBT: f64 = 3.0;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalsRequest {
    /// Which records; all of them, not those of a segment.
    pub selection: Selection,
    /// The chance of naming anybody, at whatever time, while nobody is beyond the tolerance.
    pub level: f64,
    /// Principals to be told of whether they are named or not.
    pub principals: Vec<String>,
    /// The most findings that are told besides those that name somebody.
    pub limit: usize,
}

/// One signal of one principal.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalSignal {
    /// Who.
    pub principal: String,
    /// What.
    pub signal: Signal,
    /// Its share of the principal's records, queries or labels.
    pub value: Option<Estimate>,
    /// The same of the others in the same windows.
    pub others: Option<Estimate>,
    /// Records, queries or labels of the principal that it is a share of,
    pub of: u64,
    /// and of the others.
    pub of_others: u64,
    /// The logarithm of the e-value after the last window.
    pub log_e_value: f64,
    /// Whether it is a discovery, among all signals of all principals.
    pub is_discovery: bool,
    /// Start of the window with which it likely began, nanoseconds since the Unix epoch.
    pub since: i64,
    /// Windows in which it was compared.
    pub windows: u64,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct SignalsAnswer {
    /// The surest first.
    pub signals: Vec<PrincipalSignal>,
    /// The chance of naming anybody while nobody is beyond the tolerance.
    pub level: f64,
    /// By how many times odds may differ from the cohort's.
    pub tolerance: f64,
    /// Principals that were told apart in some window.
    pub principals: u64,
    /// Signals of principals that were compared.
    pub streams: u64,
    /// Records, of all windows, of principals that were not told apart.
    pub other_records: u64,
    /// Where the figures come from.
    pub coverage: Coverage,
}

impl Engine {
    /// Which principals do more of something than their cohort.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] for a level outside (0, 1), a segment, and too many
    /// principals and windows; [`EngineError::FailedPrecondition`] where principals are not counted.
    pub fn signals(&self, request: &SignalsRequest) -> Result<SignalsAnswer> {
        let gathering = self.gather_signals(request)?;
        gathering.check_complete()?;
        gathering.signals(self, request)
    }

    /// Gathers what [`Gathering::signals`] compares.
    ///
    /// # Errors
    /// As [`Engine::signals`].
    pub fn gather_signals(&self, request: &SignalsRequest) -> Result<Gathering> {
        if !(request.level > 0.0 && request.level < 1.0) {
            return Err(EngineError::InvalidArgument(format!(
                "level must be above 0 and below 1, got {}",
                request.level
            )));
        }
        if !request.selection.segment.is_empty() {
            return Err(EngineError::InvalidArgument(
                "signals are told of all records, and the selection names a segment".into(),
            ));
        }
        let kept = KeptWindows::Principals(PrincipalWindows::default());
        self.gather(&[Asked::kept(&request.selection, Columns::None, kept)])
    }
}

impl Gathering {
    /// See [`Engine::signals`].
    ///
    /// # Errors
    /// As [`Engine::signals`].
    pub fn signals(self, engine: &Engine, request: &SignalsRequest) -> Result<SignalsAnswer> {
        let model = &request.selection.model;
        let settings = engine.model(model)?.read()?.monitor.signals;
        let part = self.into_parts().into_iter().next();
        let Some(KeptWindows::Principals(windows)) = part.and_then(|part| part.kept) else {
            return Err(EngineError::Internal("signals were not gathered by windows".into()));
        };
        if windows.principals.is_empty() && settings.is_none() {
            return Err(EngineError::FailedPrecondition(format!(
                "what principals ask of model {model:?} is not counted; set `signals` in its monitor"
            )));
        }
        let tolerance = settings.unwrap_or_else(SignalSettings::default).tolerance;
        let mut coverage = Coverage::default();
        windows.records.iter().for_each(|(&window, &records)| coverage.include(window, records));
        let mut streams = Streams::default();
        let mut other_records = 0;
        for ((start, _), principals) in &windows.principals {
            streams.observe(*start, principals, tolerance);
            other_records += principals.other().records;
        }
        let count = streams.0.len() as u64;
        Ok(SignalsAnswer {
            principals: streams.principals(),
            signals: streams.told(request),
            level: request.level,
            tolerance,
            streams: count,
            other_records,
            coverage,
        })
    }
}

/// Every signal of every principal, over the windows so far.
#[derive(Default)]
struct Streams(BTreeMap<(String, Signal), Stream>);

#[derive(Default)]
struct Stream {
    watch: Watch,
    own: Part,
    others: Part,
}

impl Streams {
    fn observe(&mut self, start: i64, principals: &Principals, tolerance: f64) {
        let is_framed = matches!(principals.frame(), Frame::Known(_));
        let asked: Vec<AskedOf> =
            principals.named().map(|(_, profile)| asked_of(profile, is_framed)).collect();
        let cohort = Cohort::new(&asked, &asked_of(principals.other(), is_framed));
        for ((name, _), asked) in principals.named().zip(&asked) {
            for signal in Signal::ALL {
                let Some(found) = cohort.compare(asked, signal, tolerance) else { continue };
                let stream = self.0.entry((name.to_owned(), signal)).or_default();
                stream.watch.observe(start, &found.gains);
                stream.own.add(found.own);
                stream.others.add(found.others);
            }
        }
    }

    fn principals(&self) -> u64 {
        let mut names: Vec<&String> = self.0.keys().map(|(name, _)| name).collect();
        names.dedup();
        names.len() as u64
    }

    /// What is told of: discoveries, who was asked for, and the surest of the others.
    fn told(self, request: &SignalsRequest) -> Vec<PrincipalSignal> {
        let tell = |((principal, signal), stream): ((String, Signal), Stream)| PrincipalSignal {
            principal,
            signal,
            value: stream.own.share(),
            others: stream.others.share(),
            of: stream.own.of.round() as u64,
            of_others: stream.others.of.round() as u64,
            log_e_value: stream.watch.log_e_value(),
            is_discovery: false,
            since: stream.watch.since(),
            windows: stream.watch.windows(),
        };
        let mut signals: Vec<PrincipalSignal> = self.0.into_iter().map(tell).collect();
        let log_e_values: Vec<f64> = signals.iter().map(|signal| signal.log_e_value).collect();
        for place in discoveries(&log_e_values, request.level) {
            signals[place].is_discovery = true;
        }
        // Stable: signals of equal evidence stay in the order of names.
        signals.sort_by(|one, other| other.log_e_value.total_cmp(&one.log_e_value));
        let mut left = request.limit;
        signals.retain(|signal| {
            let is_told = signal.is_discovery || request.principals.contains(&signal.principal);
            let fits = !is_told && request.principals.is_empty() && left > 0;
            left -= usize::from(fits);
            is_told || fits
        });
        signals
    }
}

fn asked_of(profile: &PrincipalProfile, is_framed: bool) -> AskedOf {
    let rate = |hits: u64, all: u64| Rate { hits, misses: all - hits };
    let framed = |hits: u64, all: u64| if is_framed { rate(hits, all) } else { Rate::default() };
    let is_rounded = is_framed && profile.measured == profile.records && profile.records > 0;
    AskedOf {
        queries: profile.records,
        distinct: distinct(&profile.queries, profile.records),
        rounded: is_rounded.then(|| distinct(&profile.rounded, profile.records)),
        near_boundary: framed(profile.near_boundary, profile.scored),
        outliers: framed(profile.outside, profile.measured),
        label_flips: rate(profile.flips, profile.labels),
    }
}

/// At least and at most so many of some records are distinct.
fn distinct(counter: &Hll, records: u64) -> (f64, f64) {
    let (low, high) = counter.bounds(DOUBT);
    let most = records as f64;
    (low.min(most), high.min(most))
}
