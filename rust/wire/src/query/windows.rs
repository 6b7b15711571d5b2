//! Answers about windows.

use driftline_engine::engine::Engine;
use driftline_engine::query::WindowInfo;

use super::request::selection;
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn windows(engine: &Engine, request: &pb::WindowsRequest) -> Result<Question> {
    let (versions, gathering) = engine.gather_window_listing(&selection(request.selection.as_ref())?)?;
    Ok(question(gathering, move |_, gathering| {
        let windows = gathering.listed_windows(versions)?.into_iter().map(window).collect();
        Ok(pb::WindowsResponse { windows })
    }))
}

fn window(info: WindowInfo) -> pb::Window {
    pb::Window {
        version: info.version,
        start_unix_nanos: info.start,
        end_unix_nanos: info.end,
        records: info.records,
        labels: info.labels,
        revision: info.revision,
    }
}
