//! Calls of `QueryService` by name: serialised request in, serialised response out.

mod answers;
mod quality;
mod request;

use driftline_engine::engine::Engine;
use prost::Message;

use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

/// Answers one call.
///
/// # Errors
/// [`WireError::Value`] for an unknown method or a request that is no such message; the engine's refusals.
pub fn answer(engine: &Engine, method: &str, request: &[u8], now: i64) -> Result<Vec<u8>> {
    match method {
        "Models" => reply::<pb::ModelsRequest, _>(request, |_| answers::models(engine)),
        "Profile" => reply(request, |request| answers::profile(engine, &request)),
        "Summary" => reply(request, |request| answers::summary(engine, &request)),
        "Quantiles" => reply(request, |request| answers::quantiles(engine, &request)),
        "Distribution" => reply(request, |request| answers::distribution(engine, &request)),
        "Drift" => reply(request, |request| quality::drift(engine, &request)),
        "Performance" => reply(request, |request| quality::performance(engine, &request)),
        "Stats" => reply::<pb::StatsRequest, _>(request, |_| answers::stats(engine, now)),
        other => Err(WireError::Value(format!(
            "no query method {other:?}; known: Models, Profile, Summary, Quantiles, Distribution, Drift, \
             Performance, Stats"
        ))),
    }
}

fn reply<Request: Message + Default, Response: Message>(
    bytes: &[u8],
    answer: impl FnOnce(Request) -> Result<Response>,
) -> Result<Vec<u8>> {
    let request = Request::decode(bytes)
        .map_err(|error| WireError::Value(format!("the request is not the message expected: {error}")))?;
    Ok(answer(request)?.encode_to_vec())
}
