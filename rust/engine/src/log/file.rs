//! The directory of a real file system.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IoSlice, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FallocateFlags, OFlags, fallocate};
use rustix::io::{Errno, pwritev, retry_on_intr};

use super::directory::{Directory, LogFile};
use super::writeback::begin_writeback;

/// Zeros are written in pieces of this size where space cannot be allocated.
const ZEROS: usize = 1 << 20;
/// Most parts that every operating system takes in one write.
const MOST_PARTS: usize = 1_024;

/// A directory that only its owner may read.
#[derive(Debug)]
pub struct FileDirectory {
    path: PathBuf,
}

impl FileDirectory {
    /// Opens a directory, made if it is not there.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        if !path.is_dir() {
            std::fs::DirBuilder::new().mode(0o700).recursive(true).create(&path)?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Self { path })
    }

    fn options() -> OpenOptions {
        let mut options = File::options();
        options.read(true).write(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        options
    }
}

impl Directory for FileDirectory {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn LogFile>> {
        let path = self.path.join(name);
        let file = Self::options().create_new(true).open(&path)?;
        match allocate(&file, bytes) {
            Ok(()) => Ok(Arc::new(OpenFile(file))),
            Err(error) => {
                std::fs::remove_file(&path)?;
                Err(error)
            }
        }
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        Ok(Arc::new(OpenFile(Self::options().open(self.path.join(name))?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn random(&self) -> u64 {
        // The keys of a `RandomState` come from the operating system, once a thread, and change with every one.
        RandomState::new().hash_one(std::process::id())
    }
}

/// Allocates space without writing, or by writing zeros where the file system cannot.
fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            let zeros = vec![0; ZEROS];
            let mut offset = 0;
            while offset < bytes {
                let length = (bytes - offset).min(ZEROS as u64);
                file.write_all_at(&zeros[..length as usize], offset)?;
                offset += length;
            }
            Ok(())
        }
        other => Ok(other?),
    }
}

#[derive(Debug)]
struct OpenFile(File);

impl LogFile for OpenFile {
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = &self.0;
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write_at(&self, mut offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        let mut slices: Vec<_> =
            parts.iter().filter(|part| !part.is_empty()).map(|part| IoSlice::new(part)).collect();
        let mut rest = &mut slices[..];
        while !rest.is_empty() {
            let some = &rest[..rest.len().min(MOST_PARTS)];
            let written = retry_on_intr(|| pwritev(&self.0, some, offset))?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            offset += written as u64;
            IoSlice::advance_slices(&mut rest, written);
        }
        Ok(())
    }

    fn begin_sync(&self, range: Range<u64>) {
        begin_writeback(&self.0, range);
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
