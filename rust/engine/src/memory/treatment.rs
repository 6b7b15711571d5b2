//! What is done to a batch because memory is short.

/// How a batch is counted where memory is short. It depends on what no log tells, so it is logged with the batch: whoever
/// counts it again does the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Treatment {
    /// Its new segments are counted as `__other__`.
    pub overflows: bool,
    /// After it a quarter of what waits in the label join of its model is let go, the oldest first.
    pub releases: bool,
}

const OVERFLOWS: u8 = 1;
const RELEASES: u8 = 2;

impl Treatment {
    /// One bit each.
    pub fn to_byte(self) -> u8 {
        (u8::from(self.overflows) * OVERFLOWS) | (u8::from(self.releases) * RELEASES)
    }

    /// What [`Treatment::to_byte`] wrote; `None` for a byte that it did not.
    pub fn from_byte(byte: u8) -> Option<Self> {
        let treatment = Self { overflows: byte & OVERFLOWS != 0, releases: byte & RELEASES != 0 };
        (treatment.to_byte() == byte).then_some(treatment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_treatment_or_none() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(Treatment::from_byte).collect();
        assert_eq!(known.iter().map(|treatment| treatment.to_byte()).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(known[0], Treatment::default());
    }
}
