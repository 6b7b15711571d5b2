//! Bytes of a record on their way to the file, most of them still where they came from.

/// Shorter parts are copied: that costs less than one part more for the operating system.
const LEAST_LENT: usize = 4_096;

/// The payload of a frame: runs of bytes, gathered here or lent by whoever has them.
#[derive(Debug, Clone, Default)]
pub struct Payload<'a> {
    gathered: Vec<u8>,
    /// What is lent, each with the number of gathered bytes that come before it.
    lent: Vec<(usize, &'a [u8])>,
}

impl<'a> Payload<'a> {
    /// Appends bytes by copying them.
    pub fn copy(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
    }

    /// Appends bytes that stay where they are if there are many.
    pub fn lend(&mut self, bytes: &'a [u8]) {
        if bytes.len() < LEAST_LENT {
            self.gathered.extend_from_slice(bytes);
        } else {
            self.lent.push((self.gathered.len(), bytes));
        }
    }

    /// All bytes in order, in parts of which none is empty.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.lent.iter().map(|&(place, _)| place));
        let ends = self.lent.iter().map(|&(place, _)| place).chain([self.gathered.len()]);
        let lent = self.lent.iter().map(|&(_, bytes)| bytes).chain([&[][..]]);
        let pairs = starts.zip(ends).zip(lent);
        let parts = pairs.flat_map(|((start, end), lent)| [&self.gathered[start..end], lent]);
        parts.filter(|part| !part.is_empty())
    }

    /// Number of bytes.
    pub fn length(&self) -> usize {
        self.gathered.len() + self.lent.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
    }

    /// CRC32C of all bytes.
    pub(super) fn checksum(&self) -> u32 {
        self.parts().fold(crc32c::crc32c(&[]), crc32c::crc32c_append)
    }

    /// All bytes in one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        self.parts().collect::<Vec<_>>().concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_all_bytes_in_order(
            lengths in prop::collection::vec((any::<bool>(), 0..3 * LEAST_LENT), 0..12),
        ) {
            let whole: Vec<u8> = (0..=u8::MAX).cycle().take(lengths.iter().map(|(_, n)| n).sum()).collect();
            let (mut payload, mut rest, mut long) = (Payload::default(), &whole[..], 0);
            for (is_lent, length) in lengths {
                let (piece, after) = rest.split_at(length);
                rest = after;
                if is_lent {
                    payload.lend(piece);
                    long += usize::from(length >= LEAST_LENT);
                } else {
                    payload.copy(piece);
                }
            }
            prop_assert_eq!(payload.lent.len(), long);
            prop_assert!(payload.parts().all(|part| !part.is_empty()));
            prop_assert_eq!(payload.length(), whole.len());
            prop_assert_eq!(payload.checksum(), crc32c::crc32c(&whole));
            prop_assert_eq!(payload.to_vec(), whole);
        }
    }
}
