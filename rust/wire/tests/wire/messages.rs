//! Arrow IPC messages made by hand, wrong ones too.

use arrow_ipc::{
    BodyCompressionBuilder, Bool, BoolArgs, Buffer, CompressionType, DateBuilder, DecimalBuilder,
    DictionaryBatchBuilder, DictionaryEncodingBuilder, Endianness, FieldBuilder, FieldNode,
    FloatingPointBuilder, IntBuilder, MessageBuilder, MessageHeader, MetadataVersion, Null, NullArgs,
    Precision, RecordBatchBuilder, SchemaBuilder, TimeBuilder, TimeUnit, Type, Utf8, Utf8Args,
};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Float64,
    Boolean,
    Utf8,
    /// Dictionary 0 of utf8 by keys of 8 bits.
    Dictionary,
    Null,
    Date64,
    /// Seconds.
    Time32,
    /// 128 bits, 3 digits.
    Decimal,
}

/// What a schema message says.
pub(crate) struct SchemaSpec<'s> {
    pub(crate) columns: &'s [(&'s str, Kind)],
    pub(crate) endianness: Endianness,
    pub(crate) version: MetadataVersion,
}

/// What a record batch message says, true or not.
#[derive(Clone, Default)]
pub(crate) struct BatchSpec {
    pub(crate) rows: i64,
    /// Length and null count of each column.
    pub(crate) nodes: Vec<(i64, i64)>,
    /// Offset and length of each buffer.
    pub(crate) buffers: Vec<(i64, i64)>,
    pub(crate) body: Vec<u8>,
    pub(crate) codec: Option<CompressionType>,
    /// V5 if not given.
    pub(crate) version: Option<MetadataVersion>,
}

impl BatchSpec {
    pub(crate) fn new(rows: i64) -> Self {
        Self { rows, ..Self::default() }
    }

    /// A column of as many rows as the batch.
    pub(crate) fn column(mut self, nulls: i64, buffers: &[&[u8]]) -> Self {
        self.nodes.push((self.rows, nulls));
        for buffer in buffers {
            self.buffers.push((self.body.len() as i64, buffer.len() as i64));
            self.body.extend_from_slice(buffer);
            self.body.resize(self.body.len().next_multiple_of(8), 0);
        }
        self
    }

    pub(crate) fn message(&self) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let batch = self.build(&mut builder).as_union_value();
        let version = self.version.unwrap_or(MetadataVersion::V5);
        finish(builder, MessageHeader::RecordBatch, batch, version, &self.body)
    }

    pub(crate) fn dictionary_message(&self, id: i64, is_delta: bool) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let data = self.build(&mut builder);
        let mut dictionary = DictionaryBatchBuilder::new(&mut builder);
        dictionary.add_id(id);
        dictionary.add_data(data);
        dictionary.add_isDelta(is_delta);
        let dictionary = dictionary.finish().as_union_value();
        finish(builder, MessageHeader::DictionaryBatch, dictionary, MetadataVersion::V5, &self.body)
    }

    fn build<'b>(&self, builder: &mut FlatBufferBuilder<'b>) -> WIPOffset<arrow_ipc::RecordBatch<'b>> {
        let nodes: Vec<_> = self.nodes.iter().map(|&(length, nulls)| FieldNode::new(length, nulls)).collect();
        let nodes = builder.create_vector(&nodes);
        let buffers: Vec<_> =
            self.buffers.iter().map(|&(offset, length)| Buffer::new(offset, length)).collect();
        let buffers = builder.create_vector(&buffers);
        let compression = self.codec.map(|codec| {
            let mut compression = BodyCompressionBuilder::new(builder);
            compression.add_codec(codec);
            compression.finish()
        });
        let mut batch = RecordBatchBuilder::new(builder);
        batch.add_length(self.rows);
        batch.add_nodes(nodes);
        batch.add_buffers(buffers);
        if let Some(compression) = compression {
            batch.add_compression(compression);
        }
        batch.finish()
    }
}

pub(crate) fn schema(columns: &[(&str, Kind)]) -> Vec<u8> {
    let (endianness, version) = (Endianness::Little, MetadataVersion::V5);
    SchemaSpec { columns, endianness, version }.message()
}

impl SchemaSpec<'_> {
    pub(crate) fn message(&self) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let fields: Vec<_> =
            self.columns.iter().map(|(name, kind)| field(&mut builder, name, *kind)).collect();
        let fields = builder.create_vector(&fields);
        let mut schema = SchemaBuilder::new(&mut builder);
        schema.add_endianness(self.endianness);
        schema.add_fields(fields);
        let schema = schema.finish().as_union_value();
        finish(builder, MessageHeader::Schema, schema, self.version, &[])
    }
}

fn field<'b>(builder: &mut FlatBufferBuilder<'b>, name: &str, kind: Kind) -> WIPOffset<arrow_ipc::Field<'b>> {
    let name = builder.create_string(name);
    let (type_type, type_) = match kind {
        Kind::Float64 => {
            let mut float = FloatingPointBuilder::new(builder);
            float.add_precision(Precision::DOUBLE);
            (Type::FloatingPoint, float.finish().as_union_value())
        }
        Kind::Boolean => (Type::Bool, Bool::create(builder, &BoolArgs {}).as_union_value()),
        Kind::Null => (Type::Null, Null::create(builder, &NullArgs {}).as_union_value()),
        Kind::Date64 => (Type::Date, DateBuilder::new(builder).finish().as_union_value()),
        Kind::Time32 => {
            let mut time = TimeBuilder::new(builder);
            time.add_unit(TimeUnit::SECOND);
            (Type::Time, time.finish().as_union_value())
        }
        Kind::Decimal => {
            let mut decimal = DecimalBuilder::new(builder);
            decimal.add_precision(3);
            (Type::Decimal, decimal.finish().as_union_value())
        }
        Kind::Utf8 | Kind::Dictionary => (Type::Utf8, Utf8::create(builder, &Utf8Args {}).as_union_value()),
    };
    let dictionary = matches!(kind, Kind::Dictionary).then(|| {
        let mut keys = IntBuilder::new(builder);
        keys.add_bitWidth(8);
        keys.add_is_signed(true);
        let keys = keys.finish();
        let mut encoding = DictionaryEncodingBuilder::new(builder);
        encoding.add_indexType(keys);
        encoding.finish()
    });
    let children = builder.create_vector::<WIPOffset<arrow_ipc::Field<'_>>>(&[]);
    let mut field = FieldBuilder::new(builder);
    field.add_name(name);
    field.add_type_type(type_type);
    field.add_type_(type_);
    field.add_children(children);
    if let Some(dictionary) = dictionary {
        field.add_dictionary(dictionary);
    }
    field.finish()
}

fn finish(
    mut builder: FlatBufferBuilder<'_>,
    kind: MessageHeader,
    header: WIPOffset<UnionWIPOffset>,
    version: MetadataVersion,
    body: &[u8],
) -> Vec<u8> {
    let mut message = MessageBuilder::new(&mut builder);
    message.add_version(version);
    message.add_header_type(kind);
    message.add_header(header);
    message.add_bodyLength(body.len() as i64);
    let message = message.finish();
    builder.finish(message, None);
    encapsulate(builder.finished_data(), body)
}

/// Continuation, length, padded metadata, body.
pub(crate) fn encapsulate(metadata: &[u8], body: &[u8]) -> Vec<u8> {
    let length = metadata.len().next_multiple_of(8);
    let mut bytes = vec![0xff; 4];
    bytes.extend_from_slice(&(length as u32).to_le_bytes());
    bytes.extend_from_slice(metadata);
    bytes.resize(8 + length, 0);
    bytes.extend_from_slice(body);
    bytes
}
