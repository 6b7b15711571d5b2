//! Random numbers of the examples and the benchmarks: the same in every run.

/// Uniform numbers in `(0, 1)` by a multiplicative generator (`SplitMix64`).
pub(crate) fn uniforms(mut state: u64) -> impl Iterator<Item = f64> {
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + f64::MIN_POSITIVE
    })
}

/// Normally distributed numbers by the method of Box and Muller, from two uniform streams.
pub(crate) fn gaussians(radii: u64, angles: u64) -> impl Iterator<Item = f64> {
    uniforms(radii)
        .zip(uniforms(angles))
        .map(|(radius, angle)| (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos())
}
