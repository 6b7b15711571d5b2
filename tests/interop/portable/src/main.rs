//! Writes and reads the bytes of sketches that snapshot rows do not hold as bytes, so that others can be asked about
//! them: `portable write-tdigest < values > bytes`, `portable read-tdigest VALUE... < bytes > ranks`, and the same for
//! frequent items, of which every line is one.

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};

use driftline_sketches::{FrequentItems, TDigest};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = arguments.split_first().ok_or("expected a command, got none")?;
    let mut input = Vec::new();
    stdin().read_to_end(&mut input)?;
    let output = match command.as_str() {
        "write-tdigest" => write_digest(std::str::from_utf8(&input)?)?,
        "read-tdigest" => read_digest(&input, rest)?,
        "write-frequent" => write_frequent(std::str::from_utf8(&input)?),
        "read-frequent" => read_frequent(&input)?,
        other => return Err(format!("expected a command of this program, got {other}").into()),
    };
    stdout().write_all(&output)?;
    Ok(())
}

fn write_digest(lines: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let values = lines.lines().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let mut digest = TDigest::default();
    values.chunks(1_000).for_each(|batch| digest.add_slice(batch));
    Ok(digest.to_bytes())
}

/// A line with the rank of each value.
fn read_digest(bytes: &[u8], values: &[String]) -> Result<Vec<u8>, Box<dyn Error>> {
    let digest = TDigest::from_bytes(bytes)?;
    let mut lines = String::new();
    for value in values {
        let rank = digest.rank(value.parse()?).ok_or("an empty digest has no ranks")?;
        lines += &format!("{rank}\n");
    }
    Ok(lines.into_bytes())
}

fn write_frequent(lines: &str) -> Vec<u8> {
    let mut frequent = FrequentItems::default();
    lines.lines().for_each(|item| frequent.add(item, 1));
    frequent.to_bytes()
}

/// A line with the lower and the upper bound of each item, and the item.
fn read_frequent(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let frequent = FrequentItems::from_bytes(bytes)?;
    let mut lines = String::new();
    for (item, _) in frequent.items() {
        let (low, high) = frequent.estimate(item);
        lines += &format!("{low} {high} {item}\n");
    }
    Ok(lines.into_bytes())
}
