//! A cursor over little-endian bytes that answers every short read with an error.

use crate::error::{Error, Result};

pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        if length > self.remaining() {
            return Err(Error::invalid_data(format!(
                "sketch bytes must hold {length} more bytes at offset {}, got {}",
                self.position,
                self.remaining()
            )));
        }
        let taken = &self.bytes[self.position..self.position + length];
        self.position += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(|array| array[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// Fails unless the byte read next is `expected`.
    pub(crate) fn expect_u8(&mut self, expected: u8, what: &str) -> Result<()> {
        let found = self.u8()?;
        if found == expected {
            return Ok(());
        }
        Err(Error::invalid_data(format!("{what} must be {expected}, got {found}")))
    }

    /// Fails unless exactly `length` bytes are left.
    pub(crate) fn expect_remaining(&self, length: usize) -> Result<()> {
        if self.remaining() == length {
            return Ok(());
        }
        Err(Error::invalid_data(format!(
            "sketch bytes must hold {length} bytes after offset {}, got {}",
            self.position,
            self.remaining()
        )))
    }
}
