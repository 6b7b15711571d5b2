//! Numbers that are stored, but that their type does not have: the 25th hour, a fraction of a day, a digit too many.

use arrow_buffer::i256;
use driftline_engine::batch::{Bitmap, Primitive, TimeUnit};

use crate::error::{Result, WireError};

const MILLISECONDS_OF_DAY: i64 = 86_400_000;

/// Which of the numbers that fit its bytes a type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// All.
    All,
    /// Multiples of a number.
    MultiplesOf(i64),
    /// From 0 to below a number.
    Below(i64),
    /// Those of at most so many decimal digits.
    Digits(u8),
}

impl Range {
    /// The range of a type; a decimal's depends on its precision.
    pub(crate) fn of(primitive: Primitive, precision: u8) -> Self {
        match primitive {
            Primitive::Date64 => Self::MultiplesOf(MILLISECONDS_OF_DAY),
            Primitive::Time32(unit) | Primitive::Time64(unit) => Self::Below(ticks_of_day(unit)),
            Primitive::Decimal32(_)
            | Primitive::Decimal64(_)
            | Primitive::Decimal128(_)
            | Primitive::Decimal256(_) => Self::Digits(precision),
            _ => Self::All,
        }
    }

    /// Checks the little-endian numbers of all rows but the null ones.
    ///
    /// # Errors
    /// If one is not in the range.
    pub(crate) fn check(
        self,
        column: &str,
        primitive: Primitive,
        bytes: &[u8],
        validity: Option<&Bitmap<'_>>,
    ) -> Result<()> {
        if self == Self::All {
            return Ok(());
        }
        let is_outside = |&(row, number): &(usize, &[u8])| {
            validity.is_none_or(|bitmap| bitmap.get(row)) && !self.holds(number)
        };
        match bytes.chunks_exact(primitive.width()).enumerate().find(is_outside) {
            None => Ok(()),
            Some((row, number)) => Err(WireError::Corrupt(format!(
                "column {column:?}, row {row}: {} is {}",
                extended(number),
                self.complaint()
            ))),
        }
    }

    fn holds(self, number: &[u8]) -> bool {
        let number = extended(number);
        match self {
            Self::All => true,
            Self::MultiplesOf(unit) => number % i256::from_i128(unit.into()) == i256::ZERO,
            Self::Below(end) => number >= i256::ZERO && number < i256::from_i128(end.into()),
            Self::Digits(digits) => {
                let end = i256::from_i128(10).wrapping_pow(digits.into());
                number < end && number > end.wrapping_neg()
            }
        }
    }

    fn complaint(self) -> String {
        match self {
            Self::All => "none".to_owned(),
            Self::MultiplesOf(unit) => format!("no whole number of days of {unit} ms"),
            Self::Below(end) => format!("no time of day, which has {end} ticks"),
            Self::Digits(digits) => format!("more than the {digits} digits of its type"),
        }
    }
}

fn ticks_of_day(unit: TimeUnit) -> i64 {
    86_400 * unit.ticks_per_second()
}

/// A number of at most 256 bits.
fn extended(number: &[u8]) -> i256 {
    let is_negative = number.last().is_some_and(|byte| byte >> 7 == 1);
    let mut bytes = [if is_negative { 0xff } else { 0 }; 32];
    bytes[..number.len()].copy_from_slice(number);
    i256::from_le_bytes(bytes)
}
