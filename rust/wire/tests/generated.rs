//! The committed protobuf messages are those that `proto/` describes.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn generate() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let descriptors = protox::compile(files(&root.join("driftline/v1")), [&root]).unwrap();
    let mut config = prost_build::Config::new();
    config.bytes(["."]).btree_map(["."]);
    let modules = descriptors
        .file
        .into_iter()
        .map(|file| (prost_build::Module::from_protobuf_package_name(file.package()), file))
        .collect();
    let generated = config.generate(modules).unwrap();
    assert_eq!(generated.len(), 1, "one package, one file");
    generated.into_values().next().unwrap()
}

#[test]
fn committed_messages_match_the_proto_files() {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proto/driftline_v1.rs");
    let fresh = generate();
    assert!(fresh.contains("pub struct IngestRequest"), "nothing was generated");
    if std::env::var_os("DRIFTLINE_REGENERATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == fresh,
        "{} is out of date: run this test with DRIFTLINE_REGENERATE=1",
        path.display()
    );
}
