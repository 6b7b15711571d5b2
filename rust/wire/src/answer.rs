//! What is said of some batches once they are safe.

use std::sync::Arc;

use driftline_engine::engine::Engine;
use driftline_engine::log::RecordNumber;
use prost::Message as _;

use crate::error::Result;
use crate::proto::driftline_v1::{Durability, IngestResponse};

/// An answer that is due, to be given once what it answers for is on disk: answers of one stream in their order.
/// Meanwhile the stream may go on.
#[derive(Debug)]
pub struct Answer {
    engine: Arc<Engine>,
    response: IngestResponse,
    /// Record of the log that must be on disk first.
    position: RecordNumber,
}

impl Answer {
    pub(crate) fn new(engine: &Arc<Engine>, mut response: IngestResponse, position: RecordNumber) -> Self {
        response.set_durability(durability(engine));
        Self { engine: Arc::clone(engine), response, position }
    }

    /// Records that were counted.
    pub fn records(&self) -> u64 {
        self.response.records
    }

    /// The serialised `IngestResponse`, once that is true; at once where there is no log.
    ///
    /// # Errors
    /// When the disk has failed: nobody knows what became of the batches, and they are to be sent again.
    pub fn wait(&self) -> Result<Vec<u8>> {
        self.engine.wait_durable(self.position)?;
        Ok(self.response.encode_to_vec())
    }
}

/// What an answer of an engine says of disk and memory.
pub(crate) fn durability(engine: &Engine) -> Durability {
    if engine.is_durable() { Durability::Disk } else { Durability::Memory }
}
