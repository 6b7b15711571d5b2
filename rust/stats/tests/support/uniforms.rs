//! Random numbers.

/// Numbers in [0, 1) with 53 random bits: splitmix64 from a seed, as in `oracle/make_oracle.py`.
pub struct Uniforms(pub u64);

impl Iterator for Uniforms {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut state = self.0;
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Some(((state ^ (state >> 31)) >> 11) as f64 * 2.0_f64.powi(-53))
    }
}
