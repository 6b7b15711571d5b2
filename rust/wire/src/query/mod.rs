//! Calls of `QueryService` by name: serialised request in, serialised response out.
//!
//! Windows may have left memory. A [`Question`] reads memory at one moment, says which rows it needs from disk, takes them
//! in and gives the answer; [`answer`] is for engines of which everything is in memory.

mod answers;
mod canary;
mod column_sets;
mod concept;
mod data_quality;
mod drift;
mod estimated;
mod evidence;
mod fairness;
mod objectives;
mod quality;
mod request;
mod series;
mod signals;
mod windows;

pub(crate) use objectives::{objective_from, objective_to};
pub(crate) use request::{relative_from, relative_to};
pub(crate) use signals::{settings_from, settings_to};

use arrow_array::RecordBatch;
use driftline_engine::engine::Engine;
use driftline_engine::query::Gathering;
use prost::Message;

use crate::error::{Result, WireError};
use crate::snapshot;

type Finish = Box<dyn FnOnce(&Engine, Gathering) -> Result<Vec<u8>> + Send + Sync>;

/// One call that is being answered.
pub struct Question {
    gathering: Gathering,
    finish: Finish,
}

impl Question {
    /// Reads what a call asks for of memory.
    ///
    /// # Errors
    /// [`WireError::Value`] for an unknown method or a request that is no such message; the engine's refusals.
    pub fn ask(engine: &Engine, method: &str, request: &[u8], now: i64) -> Result<Self> {
        match method {
            "Models" => answers::models(engine, decode(request)?),
            "Profile" => answers::profile(engine, &decode(request)?),
            "Summary" => answers::summary(engine, &decode(request)?),
            "Quantiles" => answers::quantiles(engine, decode(request)?),
            "Distribution" => answers::distribution(engine, decode(request)?),
            "Drift" => drift::drift(engine, decode(request)?),
            "Evidence" => evidence::evidence(engine, decode(request)?),
            "Canary" => canary::canary(engine, decode(request)?),
            "Quality" => data_quality::quality(engine, decode(request)?, now),
            "Series" => series::series(engine, decode(request)?, now),
            "EstimatedPerformance" => estimated::estimated(engine, decode(request)?),
            "Performance" => quality::performance(engine, &decode(request)?),
            "Fairness" => fairness::fairness(engine, decode(request)?),
            "ColumnSets" => column_sets::column_sets(engine, &decode(request)?),
            "Objectives" => objectives::objectives(engine, &decode(request)?, now),
            "Signals" => signals::signals(engine, decode(request)?),
            "Concept" => concept::concept(engine, &decode(request)?),
            "Windows" => windows::windows(engine, &decode(request)?),
            "Stats" => answers::stats(engine, decode(request)?, now),
            other => Err(WireError::Value(format!(
                "no query method {other:?}; known: Models, Profile, Summary, Quantiles, Distribution, Drift, \
                 Evidence, Canary, Quality, Series, Performance, EstimatedPerformance, Fairness, ColumnSets, Objectives, \
                 Signals, Concept, Windows, Stats"
            ))),
        }
    }

    /// What was read, and what is to be read from disk.
    pub fn gathering(&self) -> &Gathering {
        &self.gathering
    }

    /// Adds snapshot rows from disk; those that are not asked for are not looked at.
    ///
    /// # Errors
    /// As [`snapshot::from_record_batch`]; [`EngineError::FailedPrecondition`](driftline_engine::error::EngineError::FailedPrecondition) for rows that cannot be merged.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = snapshot::rows_where(batch, |key| self.gathering.wants(key))?;
        rows.iter().try_for_each(|row| Ok(self.gathering.add(row)?))
    }

    /// The serialised response.
    ///
    /// # Errors
    /// The engine's refusals.
    pub fn finish(self, engine: &Engine) -> Result<Vec<u8>> {
        (self.finish)(engine, self.gathering)
    }
}

/// Answers one call of an engine of which everything is in memory.
///
/// # Errors
/// As [`Question::ask`]; [`EngineError::FailedPrecondition`](driftline_engine::error::EngineError::FailedPrecondition) where something is on disk only.
pub fn answer(engine: &Engine, method: &str, request: &[u8], now: i64) -> Result<Vec<u8>> {
    let question = Question::ask(engine, method, request, now)?;
    question.gathering.check_complete()?;
    question.finish(engine)
}

/// A question and what its answer is made of.
fn question<Response: Message>(
    gathering: Gathering,
    finish: impl FnOnce(&Engine, Gathering) -> Result<Response> + Send + Sync + 'static,
) -> Question {
    encoded(gathering, move |engine, gathering| Ok(finish(engine, gathering)?.encode_to_vec()))
}

/// The same for an answer that is serialised already.
fn encoded(
    gathering: Gathering,
    finish: impl FnOnce(&Engine, Gathering) -> Result<Vec<u8>> + Send + Sync + 'static,
) -> Question {
    Question { gathering, finish: Box::new(finish) }
}

fn decode<Request: Message + Default>(bytes: &[u8]) -> Result<Request> {
    Request::decode(bytes)
        .map_err(|error| WireError::Value(format!("the request is not the message expected: {error}")))
}
