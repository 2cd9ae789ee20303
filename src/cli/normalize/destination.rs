//! Where answers go: standard output, or a file that appears whole or not at all.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use super::Error;

/// A file that is written under a hidden name beside its place and renamed when whole.
pub(in crate::cli) struct WholeFile {
    place: PathBuf,
    temporary: NamedTempFile,
    replaces: bool,
}

/// Where answers go.
pub(in crate::cli) enum Destination {
    /// Standard output.
    Standard(Box<dyn Write>),
    /// What has a name and cannot be replaced, such as `/dev/null`.
    Device(PathBuf, Box<dyn Write>),
    /// A file.
    File(WholeFile),
}

impl Destination {
    /// A file of the name `given`; one that exists is replaced only where `replace` is set.
    pub(in crate::cli) fn create(given: &Path, replace: bool) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: given.to_owned(), source };
        // What a link points to is replaced, not the link.
        let place = fs_err::canonicalize(given).unwrap_or_else(|_| given.to_owned());
        let existing = fs_err::metadata(&place).ok();
        if let Some(metadata) = &existing
            && !metadata.is_file()
        {
            if metadata.is_dir() {
                return Err(Error::Folder { place: given.display().to_string() });
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

    /// Lets `write` write, and puts the file in its place where that went well.
    pub(in crate::cli) fn write<T>(self, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
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
