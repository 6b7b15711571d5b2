//! Ranks from a t-digest, for comparisons with other libraries: `ranks FILE COMPRESSION WINDOWS POINT...`.
//! The file holds float64 values, little endian. With one window a single digest takes them in batches of 10,000;
//! with more, each window has a digest of its own and all are merged. Prints the rank of each point, one a line.

#![allow(clippy::print_stdout)]

use std::error::Error;

use driftline_sketches::TDigest;

const BATCH: usize = 10_000;

fn digest_of(compression: u16, values: &[f64]) -> Result<TDigest, Box<dyn Error>> {
    let mut digest = TDigest::new(compression).map_err(|error| error.message().to_owned())?;
    values.chunks(BATCH).for_each(|batch| digest.add_slice(batch));
    Ok(digest)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, compression, windows, points @ ..] = arguments.as_slice() else {
        return Err("the arguments must be FILE COMPRESSION WINDOWS POINT...".into());
    };
    let bytes = std::fs::read(file)?;
    let values: Vec<f64> = bytes.as_chunks().0.iter().copied().map(f64::from_le_bytes).collect();
    let compression = compression.parse()?;
    let length = values.len().div_ceil(windows.parse()?).max(1);
    let mut digest = digest_of(compression, &[])?;
    for window in values.chunks(length) {
        digest.merge(&digest_of(compression, window)?);
    }
    for point in points {
        println!("{}", digest.rank(point.parse()?).ok_or("a digest of no values has no ranks")?);
    }
    Ok(())
}
