use crate::performance::Estimate;
use crate::special::chi_square_quantile;

/// Events a second, with the exact 95% interval of the rate of a Poisson law that so many came from (Garwood 1936). `None`
/// unless `seconds` is above 0.
pub fn events_a_second(events: u64, seconds: f64) -> Option<Estimate> {
    if !(seconds > 0.0 && seconds.is_finite()) {
        return None;
    }
    let count = events as f64;
    let low = if events == 0 { 0.0 } else { 0.5 * chi_square_quantile(0.025, 2.0 * count) };
    let high = 0.5 * chi_square_quantile(0.975, 2.0 * (count + 1.0));
    let value = count / seconds;
    Some(Estimate { value, low: (low / seconds).min(value), high: (high / seconds).max(value) })
}
