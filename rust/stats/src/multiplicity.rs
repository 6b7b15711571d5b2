//! Many findings at once: p-values that say how many false ones to expect among those that are told.

/// p-values adjusted for a false discovery rate (Benjamini and Hochberg 1995), in the order given.
///
/// Of the hypotheses whose adjusted p-value is at most a level, at most that share is true in the mean, where
/// the p-values are independent or rise and fall together.
///
/// A hypothesis' adjusted p-value is the least `p count / rank` over it and all that are larger.
pub fn adjusted_for_discoveries(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len() as f64;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_unstable_by(|&left, &right| p_values[right].total_cmp(&p_values[left]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (below, &place) in order.iter().enumerate() {
        let rank = count - below as f64;
        least = least.min(p_values[place] * (count / rank));
        adjusted[place] = least;
    }
    adjusted
}

/// P-values adjusted for the chance of any false finding (Holm 1979), in the order given. They hold however the
/// hypotheses depend on each other.
///
/// A hypothesis' adjusted p-value is the largest `p (count - rank + 1)` over it and all that are smaller.
pub fn adjusted_for_any(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_unstable_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (smaller, &place) in order.iter().enumerate() {
        largest = largest.max(p_values[place] * (p_values.len() - smaller) as f64).min(1.0);
        adjusted[place] = largest;
    }
    adjusted
}
