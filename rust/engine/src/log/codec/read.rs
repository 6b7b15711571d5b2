//! Bytes into requests. What is read here has passed a checksum, so that errors mean a defect or another version;
//! it is checked all the same, because nothing behind a [`Batch`] is.

use std::borrow::Cow;
use std::sync::Arc;

use super::{OLDEST_VERSION, VERSION, codes, types, values};
use crate::batch::{
    Batch, Bitmap, Column, DataType, Dictionary, Field, Keys, Primitive, Schema, Text, Values,
};
use crate::engine::Header;
use crate::log::{LogError, Record, Result};
use crate::memory::Treatment;
use crate::producers;

/// The record in some bytes, which it borrows from.
///
/// # Errors
/// [`LogError::Damaged`] when they are no record.
pub fn decode(bytes: &[u8]) -> Result<Record<'_>> {
    let mut reader = Reader { bytes };
    let version = reader.byte()?;
    if !(OLDEST_VERSION..=VERSION).contains(&version) {
        return Err(LogError::Damaged(format!(
            "records of the log must have format {OLDEST_VERSION} to {VERSION}, got {version}: another release wrote it"
        )));
    }
    let arrived = i64::from_le_bytes(reader.array()?);
    let (principal, producer_id) = producers::split(reader.text()?);
    let header = Header {
        principal: principal.to_owned(),
        producer_id: producer_id.to_owned(),
        epoch: reader.long()?,
        sequence: reader.long()?,
        model: reader.text()?.to_owned(),
        version: reader.text()?.to_owned(),
        dropped_records: reader.long()?,
        bytes: reader.long()? as usize,
    };
    let treatment = if version == OLDEST_VERSION { Treatment::default() } else { reader.treatment()? };
    let count = reader.word()?;
    let batches = (0..count).map(|_| reader.batch()).collect::<Result<_>>()?;
    reader.ends()?;
    Ok(Record { header, arrived, treatment, batches })
}

struct Reader<'a> {
    bytes: &'a [u8],
}

fn damaged(what: &str) -> LogError {
    LogError::Damaged(format!("a record of the log holds {what}"))
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(|| damaged("too few bytes"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or_else(|| damaged("too few bytes"))?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn word(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.word()? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| damaged("text that is not UTF-8"))
    }

    fn run(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.long()?).map_err(|_| damaged("too few bytes"))?;
        self.take(length)
    }

    fn treatment(&mut self) -> Result<Treatment> {
        Treatment::from_byte(self.byte()?).ok_or_else(|| damaged("a treatment that does not exist"))
    }

    fn ends(&self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(damaged("more bytes than belong to it")) }
    }

    fn batch(&mut self) -> Result<Batch<'a>> {
        let rows = usize::try_from(self.long()?).map_err(|_| damaged("too many rows"))?;
        let count = self.word()?;
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for _ in 0..count {
            fields.push(self.field()?);
            columns.push(self.column(rows)?);
        }
        Ok(Batch { schema: Arc::new(Schema { fields }), rows, columns })
    }

    fn field(&mut self) -> Result<Field> {
        let name = self.text()?.to_owned();
        let role = if self.byte()? == 0 { None } else { Some(self.text()?.to_owned()) };
        let data_type =
            types::from_bytes(self.array()?).ok_or_else(|| damaged("a type that does not exist"))?;
        Ok(Field { name, data_type, role })
    }

    fn primitive(&mut self) -> Result<Primitive> {
        match types::from_bytes(self.array()?) {
            Some(DataType::Primitive(primitive)) => Ok(primitive),
            _ => Err(damaged("a type of numbers that does not exist")),
        }
    }

    fn column(&mut self, rows: usize) -> Result<Column<'a>> {
        let validity = if self.byte()? == 0 { None } else { Some(self.bitmap(rows)?) };
        let values = match self.byte()? {
            values::NULL => Values::Null,
            values::BITS => Values::Boolean(self.bitmap(rows)?),
            values::NUMBERS => {
                let primitive = self.primitive()?;
                Values::Primitive(primitive, Cow::Borrowed(self.numbers(primitive, rows)?))
            }
            values::CODES => {
                let primitive = self.primitive()?;
                Values::Primitive(primitive, Cow::Owned(self.codes(primitive, rows)?))
            }
            values::TEXT => Values::Text(self.strings(rows)?),
            values::DICTIONARY => self.dictionary(validity.as_ref(), rows)?,
            values::HASHES => Values::Hashes(Cow::Borrowed(self.numbers(Primitive::UInt64, rows)?)),
            _ => return Err(damaged("values of a kind that does not exist")),
        };
        Ok(Column { validity, values })
    }

    fn bitmap(&mut self, rows: usize) -> Result<Bitmap<'a>> {
        let offset = usize::from(self.byte()?);
        let bytes = self.run()?;
        if offset >= 8 || bytes.len() != (offset + rows).div_ceil(8) {
            return Err(damaged("another number of bits than rows"));
        }
        Ok(Bitmap { bytes: Cow::Borrowed(bytes), offset })
    }

    fn numbers(&mut self, primitive: Primitive, rows: usize) -> Result<&'a [u8]> {
        let bytes = self.run()?;
        if Some(bytes.len()) != rows.checked_mul(primitive.width()) {
            return Err(damaged("another number of values than rows"));
        }
        Ok(bytes)
    }

    fn codes(&mut self, primitive: Primitive, rows: usize) -> Result<Vec<u8>> {
        let (table, codes) = (self.run()?, self.run()?);
        if codes.len() != rows {
            return Err(damaged("another number of codes than rows"));
        }
        codes::decode(table, codes, primitive.width()).ok_or_else(|| damaged("a code without a value"))
    }

    fn strings(&mut self, rows: usize) -> Result<Text<'a>> {
        let large = match self.byte()? {
            4 => false,
            8 => true,
            _ => return Err(damaged("offsets of a width that does not exist")),
        };
        let offsets = self.run()?;
        let characters = std::str::from_utf8(self.run()?).map_err(|_| damaged("text that is not UTF-8"))?;
        if Some(offsets.len()) != (rows + 1).checked_mul(if large { 8 } else { 4 }) {
            return Err(damaged("another number of texts than rows"));
        }
        let text = Text { offsets: offsets.into(), large, bytes: characters.as_bytes().into() };
        let mut end = 0;
        for row in 0..rows {
            let range = text.range(row);
            let is_sound =
                range.start == end && range.start <= range.end && characters.is_char_boundary(range.end);
            if !is_sound {
                return Err(damaged("texts that overlap or end inside a character"));
            }
            end = range.end;
        }
        Ok(text)
    }

    fn dictionary(&mut self, validity: Option<&Bitmap<'_>>, rows: usize) -> Result<Values<'a>> {
        let primitive = self.primitive()?;
        let keys = Keys { primitive, bytes: Cow::Borrowed(self.numbers(primitive, rows)?) };
        let count = self.word()? as usize;
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(self.text()?);
        }
        let is_sound =
            |row| validity.is_some_and(|bits: &Bitmap<'_>| !bits.get(row)) || keys.get(row) < count;
        if !(0..rows).all(is_sound) {
            return Err(damaged("a key without a value"));
        }
        Ok(Values::Dictionary(keys, Arc::new(Dictionary::new(texts))))
    }
}
