//! The search for an edge by halving.

/// Two numbers around the edge of what `holds`: the nearest found where it does, from `inside` on, and the nearest where it
/// does not, from `outside` on.
pub(crate) fn halve(
    mut inside: f64,
    mut outside: f64,
    steps: usize,
    holds: impl Fn(f64) -> bool,
) -> (f64, f64) {
    for _ in 0..steps {
        let middle = 0.5 * (inside + outside);
        if holds(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    (inside, outside)
}
