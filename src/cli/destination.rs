//! Where answers go: standard output, or a file that appears whole or not at all.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::tables::Format;

/// Why nothing can be written there.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`{}` is a folder", path.display())]
    Folder { path: PathBuf },
    #[error("`{}` is called like a spreadsheet or Parquet file, and text is what is written", path.display())]
    NoText { path: PathBuf },
    #[error("`{}` exists", path.display())]
    Exists { path: PathBuf },
    #[error("there is no folder `{}`", path.display())]
    NoFolder { path: PathBuf },
    #[error("cannot write `{}`", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// What to type next.
    pub(super) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Exists { .. } => Some("`--force` replaces it"),
            Self::NoText { .. } => Some("a name that ends in .tsv or .csv says what it is"),
            _ => None,
        }
    }
}

/// A file that is written under a hidden name beside its place and renamed when whole.
pub(super) struct WholeFile {
    place: PathBuf,
    temporary: NamedTempFile,
    replaces: bool,
}

/// Where answers go.
pub(super) enum Destination {
    /// Standard output.
    Standard(Box<dyn Write>),
    /// What has a name and cannot be replaced, such as `/dev/null`.
    Device(PathBuf, Box<dyn Write>),
    /// A file.
    File(WholeFile),
}

/// Whether both are names of one file.
pub(super) fn is_same(left: &Path, right: &Path) -> bool {
    let real = |path: &Path| fs_err::canonicalize(path).ok();
    left == right || real(left).is_some_and(|left| real(right) == Some(left))
}

impl Destination {
    /// A file of the name `given`; one that exists is replaced only where `replace` is set.
    pub(super) fn create(given: &Path, replace: bool) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: given.to_owned(), source };
        // What a link points to is replaced, not the link.
        let place = fs_err::canonicalize(given).unwrap_or_else(|_| given.to_owned());
        let existing = fs_err::metadata(&place).ok();
        if let Some(metadata) = &existing
            && !metadata.is_file()
        {
            if metadata.is_dir() {
                return Err(Error::Folder { path: given.to_owned() });
            }
            let file = fs_err::OpenOptions::new().write(true).open(&place).map_err(failed)?;
            // The plain file: its errors need not name it a second time.
            return Ok(Self::Device(given.to_owned(), Box::new(BufWriter::new(file.into_file()))));
        }
        if existing.is_some() && !replace {
            return Err(Error::Exists { path: given.to_owned() });
        }
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        if !folder.is_dir() {
            return Err(Error::NoFolder { path: folder.to_owned() });
        }
        let mut name = std::ffi::OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&name);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // As any new file: the user's mask takes away what is not wanted.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.tempfile_in(folder).map_err(failed)?;
        if let Some(metadata) = existing {
            temporary.as_file().set_permissions(metadata.permissions()).map_err(failed)?;
        }
        Ok(Self::File(WholeFile { place, temporary, replaces: replace }))
    }

    /// The same for what is always text: a name that says otherwise is refused.
    pub(super) fn create_text(given: &Path, replace: bool) -> Result<Self, Error> {
        match Format::container_of_name(&given.to_string_lossy()) {
            Some(_) => Err(Error::NoText { path: given.to_owned() }),
            None => Self::create(given, replace),
        }
    }

    /// Lets `write` write, and puts the file in its place where that went well.
    pub(super) fn write<T>(self, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
        match self {
            Self::Standard(mut out) => {
                let written = write(&mut out)?;
                out.flush()?;
                Ok(written)
            }
            Self::Device(path, mut out) => {
                let written = write_to(&path, &mut out, write)?;
                out.flush().map_err(|source| Error::Write { path, source })?;
                Ok(written)
            }
            Self::File(file) => {
                let place = &file.place;
                let failed = |source| Error::Write { path: place.clone(), source };
                let written = if place.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) {
                    let mut out =
                        Packed(GzEncoder::new(BufWriter::new(file.temporary.as_file()), Compression::default()));
                    let written = write_to(place, &mut out, write)?;
                    out.0.finish().and_then(|mut inner| inner.flush()).map_err(failed)?;
                    written
                } else {
                    let mut out = BufWriter::new(file.temporary.as_file());
                    let written = write_to(place, &mut out, write)?;
                    out.flush().map_err(failed)?;
                    written
                };
                file.keep()?;
                Ok(written)
            }
        }
    }
}

impl WholeFile {
    fn keep(self) -> Result<(), Error> {
        let Self { place, temporary, replaces } = self;
        let failed = |source| Error::Write { path: place.clone(), source };
        // A name must not appear before what it names.
        temporary.as_file().sync_all().map_err(failed)?;
        let kept = if replaces { temporary.persist(&place) } else { temporary.persist_noclobber(&place) };
        kept.map(drop).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists { path: place.clone() },
            _ => failed(error.error),
        })
    }
}

/// Lets `write` write to `out`; where `out` fails, the error says which file that was.
fn write_to<T>(
    path: &Path,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut out = Noting { out, failure: None };
    let written = write(&mut out);
    match out.failure {
        Some(source) => Err(Error::Write { path: path.to_owned(), source }.into()),
        None => written,
    }
}

/// Notes why writing failed: an error that comes back through many hands may be anyone's.
struct Noting<'a> {
    out: &'a mut dyn Write,
    failure: Option<std::io::Error>,
}

impl Noting<'_> {
    fn note<T>(&mut self, outcome: std::io::Result<T>) -> std::io::Result<T> {
        outcome.map_err(|error| {
            let kind = error.kind();
            // What is interrupted is tried again.
            if kind != std::io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            kind.into()
        })
    }
}

impl Write for Noting<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = self.out.flush();
        self.note(flushed)
    }
}

/// Flushing a packer after each batch would cost much of what packing saves.
struct Packed<W: Write>(GzEncoder<W>);

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read as _};

    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all_and_is_not_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out.tsv");
        let entries = || fs_err::read_dir(folder.path()).unwrap().count();
        let failed: anyhow::Result<()> = Destination::create(&place, false).unwrap().write(|out| {
            out.write_all(b"half")?;
            anyhow::bail!("no")
        });
        assert!(failed.is_err() && entries() == 0);
        Destination::create(&place, false).unwrap().write(|out| Ok(out.write_all(b"one")?)).unwrap();
        assert!(matches!(Destination::create(&place, false), Err(Error::Exists { .. })));
        let late = Destination::create(&folder.path().join("late.tsv"), false).unwrap();
        fs_err::write(folder.path().join("late.tsv"), "theirs").unwrap();
        assert!(late.write(|out| Ok(out.write_all(b"ours")?)).is_err());
        assert_eq!(fs_err::read_to_string(folder.path().join("late.tsv")).unwrap(), "theirs");
        Destination::create(&place, true).unwrap().write(|out| Ok(out.write_all(b"two")?)).unwrap();
        assert_eq!(fs_err::read_to_string(&place).unwrap(), "two");
        assert!(matches!(Destination::create(folder.path(), true), Err(Error::Folder { .. })));
        assert_eq!(entries(), 2);
    }

    /// A disk without space.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_write_that_fails_names_its_file_and_other_errors_stay_theirs() {
        let device = || Destination::Device("a/device".into(), Box::new(Full));
        let error = device().write(|out| Ok(out.write_all(b"one")?)).unwrap_err();
        assert_eq!(error.to_string(), "cannot write `a/device`");
        let Some(Error::Write { source, .. }) = error.downcast_ref() else { panic!("{error:?}") };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        let other: anyhow::Result<()> = device().write(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        assert_eq!(other.unwrap_err().downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_file_that_ends_in_gz_is_packed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out.tsv.gz");
        Destination::create(&place, false).unwrap().write(|out| Ok(out.write_all(b"one")?)).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(fs_err::File::open(&place).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one");
    }
}
