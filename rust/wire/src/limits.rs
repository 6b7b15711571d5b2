//! How much one request may ask for.

/// Bounds on what is read from outside. All are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request. 16 MiB, as the gRPC servers that stand in front are set.
    pub max_message_bytes: usize,
    /// Bytes that the compressed buffers of one request may grow to, together. Four times a message: numbers
    /// seldom compress better, and a bomb costs no more than this.
    pub max_decompressed_bytes: usize,
    /// Rows of all record batches of one request, and entries of one dictionary.
    pub max_rows: usize,
    /// Columns of a schema.
    pub max_columns: usize,
    /// Rows times columns of one request. A column without buffers costs nothing to send, so its length must not
    /// be free either.
    pub max_values: usize,
    /// Record batches and dictionary batches in one request.
    pub max_batches: usize,
    /// Bytes of a column name or a role, so that names can be labels and keys.
    pub max_name_bytes: usize,
    /// Bytes of all dictionaries that one stream holds, each entry counted with [`DICTIONARY_ENTRY_BYTES`] on
    /// top of its text.
    pub max_dictionary_bytes: usize,
}

/// What an entry of a dictionary takes besides its text: an offset and a hash.
pub const DICTIONARY_ENTRY_BYTES: usize = 8;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 16 << 20,
            max_decompressed_bytes: 64 << 20,
            max_rows: 1_000_000,
            max_columns: 4_096,
            max_values: 1 << 27,
            max_batches: 1_024,
            max_name_bytes: 256,
            max_dictionary_bytes: 64 << 20,
        }
    }
}

impl Limits {
    /// The default limits with another size of a request; decompressed bytes stay four times that.
    pub fn with_message_bytes(max_message_bytes: usize) -> Self {
        let max_decompressed_bytes = max_message_bytes.saturating_mul(4);
        Self { max_message_bytes, max_decompressed_bytes, ..Self::default() }
    }
}
