//! How lists are judged, as configured.

use driftline_sketches::hash;
use driftline_sketches::performance::{MAX_CUTOFF, MAX_CUTOFFS, RankingRules, Unlabelled};

use crate::error::{EngineError, Result};

/// Checks every field.
///
/// # Errors
/// [`EngineError::InvalidArgument`] with the field, the rule and the value.
pub(crate) fn validate(rules: &RankingRules) -> Result<()> {
    let invalid = |message: String| Err(EngineError::InvalidArgument(message));
    let at = &rules.at;
    if at.is_empty() || at.len() > MAX_CUTOFFS {
        return invalid(format!("ranking.at must be 1 to {MAX_CUTOFFS} lengths, got {}", at.len()));
    }
    if let Some(wrong) = at.iter().find(|at| !(1..=MAX_CUTOFF).contains(at)) {
        return invalid(format!("a length in ranking.at must be in [1, {MAX_CUTOFF}], got {wrong}"));
    }
    if let Some([before, after]) = at.windows(2).find(|pair| pair[0] >= pair[1]) {
        return invalid(format!("ranking.at must rise, got {after} after {before}"));
    }
    if !(rules.relevant_from > 0.0 && rules.relevant_from.is_finite()) {
        return invalid(format!(
            "ranking.relevant_from must be above 0 and finite, got {}",
            rules.relevant_from
        ));
    }
    Ok(())
}

/// A number that two of them share only if they are the same.
pub(crate) fn rules_id(rules: &RankingRules) -> u64 {
    let unlabelled = match rules.unlabelled {
        Unlabelled::Irrelevant => 0_u8,
        Unlabelled::Unknown => 1,
    };
    let mut bytes = vec![unlabelled];
    bytes.extend(rules.relevant_from.to_le_bytes());
    bytes.extend(rules.at.iter().flat_map(|at| at.to_le_bytes()));
    hash::murmur3_x64_128(&bytes, hash::SEED).0
}
