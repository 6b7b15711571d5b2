//! Which of many e-values are evidence, with one error rate for all of them.

/// The places of the e-values, given as logarithms, that are discoveries at `level`, largest first.
///
/// The e-BH procedure (Wang and Ramdas 2022): the `k` largest, for the largest `k` of which the
/// smallest reaches `K / (k level)`, `K` being how many there are. At any time at which one looks,
/// the expected share of false ones among them is at most `level`, however the columns depend on each
/// other. While nothing has moved anywhere, the chance that there is ever one is at most `level`, for
/// a discovery needs a mean of `1 / level`, and the mean of e-processes is one.
///
/// # Panics
/// When `level` is not in `(0, 1)`.
pub fn discoveries(log_e_values: &[f64], level: f64) -> Vec<usize> {
    assert!(level > 0.0 && level < 1.0, "level must be in (0, 1), got {level}");
    let mut places: Vec<usize> =
        (0..log_e_values.len()).filter(|&place| !log_e_values[place].is_nan()).collect();
    places.sort_by(|&left, &right| log_e_values[right].total_cmp(&log_e_values[left]));
    let asked = (log_e_values.len() as f64 / level).ln();
    let found = (0..places.len())
        .rev()
        .find(|&rank| log_e_values[places[rank]] >= asked - ((rank + 1) as f64).ln())
        .map_or(0, |rank| rank + 1);
    places.truncate(found);
    places
}
