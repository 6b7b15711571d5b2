//! Names of segments.

/// Number and tag of a segment, as its file name says them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentName {
    pub(super) number: u64,
    pub(super) tag: u64,
}

impl SegmentName {
    /// The name in a file's name; `None` for a file that is no segment.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (number, tag) = name.strip_suffix(".log")?.split_once('-')?;
        let parse = |digits: &str| {
            let is_hex = digits.len() == 16 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            is_hex.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
        };
        Some(Self { number: parse(number)?, tag: parse(tag)? })
    }

    pub(super) fn file_name(self) -> String {
        format!("{:016x}-{:016x}.log", self.number, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_not() {
        let name = SegmentName { number: 18, tag: u64::MAX };
        assert_eq!(SegmentName::parse(&name.file_name()), Some(name));
        for other in ["", "lock", "12-34.log", "000000000000001g-0000000000000000.log", "x.log"] {
            assert_eq!(SegmentName::parse(other), None, "{other}");
        }
    }
}
