//! Where the log keeps its segments: a parameter, so that tests can let it fail.

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A directory of files, used by one log.
pub trait Directory: Debug + Send + Sync {
    /// Names of all files.
    ///
    /// # Errors
    /// Whatever the storage reports; so for all calls here.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes a file of this size, with its space allocated. It may be shorter, or not there, after a crash before its
    /// first sync and that of its name.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] when there is no space for it; no file is left then.
    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn LogFile>>;

    /// Opens a file that is there.
    ///
    /// # Errors
    /// See [`Directory::list`].
    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>>;

    /// Gives a file another name.
    ///
    /// # Errors
    /// See [`Directory::list`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// See [`Directory::list`].
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes names durable.
    ///
    /// # Errors
    /// See [`Directory::list`].
    fn sync(&self) -> io::Result<()>;

    /// A random number that nobody can guess.
    fn random(&self) -> u64;
}

/// An open file of a [`Directory`].
pub trait LogFile: Debug + Send + Sync {
    /// All bytes.
    ///
    /// # Errors
    /// Whatever the storage reports; so for all calls here.
    fn read(&self) -> io::Result<Vec<u8>>;

    /// Writes all bytes, part behind part, at a position inside the allocated size.
    ///
    /// # Errors
    /// See [`LogFile::read`]; any part of the bytes may have been written then.
    fn write_at(&self, offset: u64, parts: &[&[u8]]) -> io::Result<()>;

    /// Begins to bring to disk what was written in a range, without waiting for it and without a promise: a sync that
    /// follows has less to do.
    fn begin_sync(&self, range: Range<u64>);

    /// Makes what was written durable.
    ///
    /// # Errors
    /// See [`LogFile::read`]; any part of what was written may be lost then, and a later success says nothing.
    fn sync(&self) -> io::Result<()>;
}
