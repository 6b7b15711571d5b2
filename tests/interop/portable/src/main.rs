//! Reads the bytes of sketches that snapshot rows do not hold as bytes: `portable read-tdigest VALUE... < bytes > ranks`
//! and `portable read-frequent < bytes > bounds`.

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};

use driftline_sketches::{FrequentItems, TDigest};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = arguments.split_first().ok_or("expected a command, got none")?;
    let mut input = Vec::new();
    stdin().read_to_end(&mut input)?;
    let output = match command.as_str() {
        "read-tdigest" => read_digest(&input, rest)?,
        "read-frequent" => read_frequent(&input)?,
        other => return Err(format!("expected a command of this program, got {other}").into()),
    };
    stdout().write_all(&output)?;
    Ok(())
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
