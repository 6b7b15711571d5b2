//! Answers that wait for the disk while their stream goes on.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use driftline_engine::engine::Engine;
use driftline_engine::log::{Directory, FileDirectory, LogFile, LogOptions};
use driftline_wire::proto::driftline_v1::IngestResponse;
use driftline_wire::{Limits, Session, WireError};
use prost::Message;

use crate::messages::schema;
use crate::session::{FLOAT, NOW, bytes, request, rows};

/// A directory on whose files a sync waits for what the test says of its outcome.
#[derive(Debug)]
struct Slow {
    files: FileDirectory,
    outcomes: Arc<Mutex<Receiver<bool>>>,
}

#[derive(Debug)]
struct SlowFile {
    file: Arc<dyn LogFile>,
    outcomes: Arc<Mutex<Receiver<bool>>>,
}

impl Slow {
    fn file(&self, file: Arc<dyn LogFile>) -> Arc<dyn LogFile> {
        Arc::new(SlowFile { file, outcomes: Arc::clone(&self.outcomes) })
    }
}

impl Directory for Slow {
    fn list(&self) -> io::Result<Vec<String>> {
        self.files.list()
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn LogFile>> {
        Ok(self.file(self.files.create(name, bytes)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        Ok(self.file(self.files.open(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn random(&self) -> u64 {
        self.files.random()
    }
}

impl LogFile for SlowFile {
    fn read(&self) -> io::Result<Vec<u8>> {
        self.file.read()
    }

    fn write_at(&self, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        self.file.write_at(offset, parts)
    }

    fn begin_sync(&self, range: Range<u64>) {
        self.file.begin_sync(range);
    }

    fn sync(&self) -> io::Result<()> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        match outcomes.recv() {
            Ok(true) => self.file.sync(),
            Ok(false) | Err(_) => Err(io::Error::other("the disk is gone")),
        }
    }
}

/// A stream of an engine whose disk does what is sent.
fn slow_session(name: &str) -> (Arc<Engine>, Session, Sender<bool>) {
    let folder = std::env::temp_dir().join(format!("driftline-{name}-{}", std::process::id()));
    let (outcome, outcomes) = channel();
    let files = FileDirectory::open(&folder).unwrap();
    let directory = Slow { files, outcomes: Arc::new(Mutex::new(outcomes)) };
    let engine = Arc::new(Engine::new("w"));
    engine.open_log(Arc::new(directory), 0, LogOptions { segment_bytes: 1 << 16 }, false, true).unwrap();
    // What is open stays open.
    std::fs::remove_dir_all(folder).unwrap();
    (Arc::clone(&engine), Session::new(engine, Limits::default()), outcome)
}

fn acknowledged(response: Result<Vec<u8>, WireError>) -> u64 {
    IngestResponse::decode(&*response.unwrap()).unwrap().acknowledged_sequence
}

#[test]
fn a_stream_goes_on_while_answers_wait_and_they_keep_their_order() {
    let (engine, mut session, outcome) = slow_session("goes-on");
    let mut answers = Vec::new();
    for sequence in 1..=5 {
        let mut request = request(sequence, [schema(FLOAT), rows(2)].concat());
        request.acknowledge = true;
        answers.push(session.ingest(bytes(&request), NOW).unwrap().expect("an answer is due"));
    }
    assert_eq!((engine.counters().records, engine.log_status().unwrap().durable), (10, 0));
    let first = thread::spawn(move || {
        let first = acknowledged(answers[0].wait());
        (first, answers)
    });
    outcome.send(true).unwrap();
    let (first, answers) = first.join().unwrap();
    // One sync was enough for all: no other outcome has been given.
    let rest: Vec<u64> = answers[1..].iter().map(|answer| acknowledged(answer.wait())).collect();
    assert_eq!((first, rest), (1, vec![2, 3, 4, 5]));
}

#[test]
fn a_disk_that_fails_fails_every_answer_that_waits() {
    let (_, mut session, outcome) = slow_session("fails");
    let mut answer = |sequence| {
        let mut request = request(sequence, [schema(FLOAT), rows(2)].concat());
        request.acknowledge = true;
        session.ingest(bytes(&request), NOW)
    };
    let safe = answer(1).unwrap().unwrap();
    outcome.send(true).unwrap();
    assert_eq!(acknowledged(safe.wait()), 1);
    let waiting: Vec<_> = (2..=4).map(|sequence| answer(sequence).unwrap().unwrap()).collect();
    outcome.send(false).unwrap();
    for answer in &waiting {
        let error = answer.wait().unwrap_err().to_string();
        assert!(error.contains("the disk is gone"), "{error}");
    }
    assert!(answer(5).is_err(), "nothing is taken any more");
    assert_eq!(acknowledged(safe.wait()), 1, "what was safe is");
}
