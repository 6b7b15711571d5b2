//! Counting and clearing bits of Arrow bitmaps (least significant bit first).

use std::borrow::Cow;

use driftline_engine::batch::Bitmap;

/// Set bits among `rows` bits from bit `offset` on. The bytes must hold them.
pub(crate) fn count_ones(bytes: &[u8], offset: usize, rows: usize) -> usize {
    if rows == 0 {
        return 0;
    }
    let end = offset + rows;
    let covered = &bytes[offset / 8..end.div_ceil(8)];
    let before = covered[0] & !(0xff << (offset % 8));
    let after = match end % 8 {
        0 => 0,
        used => covered[covered.len() - 1] >> used,
    };
    count_all_ones(covered) - before.count_ones() as usize - after.count_ones() as usize
}

fn count_all_ones(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let in_words: usize = words.iter().map(|word| u64::from_le_bytes(*word).count_ones() as usize).sum();
    in_words + rest.iter().map(|byte| byte.count_ones() as usize).sum::<usize>()
}

/// A bitmap of its own in which those rows are cleared for which `is_null` holds; rows that are already null in
/// `validity` stay so and are not asked about.
pub(crate) fn with_nulls(
    validity: Option<&Bitmap<'_>>,
    rows: usize,
    is_null: impl Fn(usize) -> bool,
) -> Bitmap<'static> {
    let mut bytes = vec![0_u8; rows.div_ceil(8)];
    for row in 0..rows {
        let is_present = validity.is_none_or(|bitmap| bitmap.get(row)) && !is_null(row);
        bytes[row / 8] |= u8::from(is_present) << (row % 8);
    }
    Bitmap { bytes: Cow::Owned(bytes), offset: 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn count_agrees_with_reading_every_bit(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            start in 0_usize..320,
            length in 0_usize..320,
        ) {
            let bits = bytes.len() * 8;
            let offset = start.min(bits);
            let rows = length.min(bits - offset);
            let bitmap = Bitmap { bytes: Cow::Borrowed(&bytes), offset };
            let expected = (0..rows).filter(|&row| bitmap.get(row)).count();
            prop_assert_eq!(count_ones(&bytes, offset, rows), expected);
        }

        #[test]
        fn nulls_are_added_to_nulls(
            bytes in proptest::collection::vec(any::<u8>(), 5..10),
            offset in 0_usize..8,
            dropped in 0_usize..32,
        ) {
            let validity = Bitmap { bytes: Cow::Borrowed(&bytes), offset };
            let result = with_nulls(Some(&validity), 32, |row| row == dropped);
            for row in 0..32 {
                prop_assert_eq!(result.get(row), validity.get(row) && row != dropped);
            }
        }
    }
}
