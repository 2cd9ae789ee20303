//! The files of a report: written whole or not at all, and read back.

use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::{CaseRow, Report, markdown, page};
use crate::evaluate::Error;

/// What a report is written to; the one that is read back comes last, so that where it stands the others do.
pub const FILES: [&str; 4] = ["cases.jsonl", "report.md", "report.html", "report.json"];

/// Fails where `folder` holds one of a report's files: for who wants to know before measuring.
///
/// # Errors
/// Names the file.
pub fn refuse_existing(folder: &Path) -> Result<(), Error> {
    for path in FILES.iter().map(|name| folder.join(name)) {
        // A link that leads nowhere is something that stands there, too.
        if fs_err::symlink_metadata(&path).is_ok() {
            return Err(Error::ReportExists { path });
        }
    }
    Ok(())
}

/// Sees to it that a report can be written to `folder` once it is there: makes the folder, and refuses one that holds a
/// report, unless `force` is set.
///
/// # Errors
/// Where a file exists and may not be replaced, or the folder cannot be made or written to.
pub fn prepare(folder: &Path, force: bool) -> Result<(), Error> {
    if !force {
        refuse_existing(folder)?;
    }
    let written = fs_err::create_dir_all(folder).and_then(|()| temporary(folder, "report"));
    written.map(drop).map_err(|source| Error::WriteReport { path: folder.to_owned(), source: source.into() })
}

/// Writes all files of a report to `folder`, which is made where there is none. Files that exist are replaced where
/// `force` is set; otherwise nothing is written.
///
/// # Errors
/// Where a file exists and may not be replaced, or cannot be written.
pub fn write(folder: &Path, report: &Report, cases: &[CaseRow], force: bool) -> Result<(), Error> {
    if !force {
        refuse_existing(folder)?;
    }
    fs_err::create_dir_all(folder)
        .map_err(|source| Error::WriteReport { path: folder.to_owned(), source: source.into() })?;
    let mut written = Vec::new();
    for name in FILES {
        let path = folder.join(name);
        let temporary = temporary(folder, name)
            .and_then(|temporary| {
                let mut out = BufWriter::new(&temporary);
                match name {
                    "cases.jsonl" => write_cases(&mut out, cases)?,
                    "report.md" => out.write_all(markdown::render(report).as_bytes())?,
                    "report.html" => out.write_all(page::render(report, cases).as_bytes())?,
                    _ => {
                        serde_json::to_writer_pretty(&mut out, report)?;
                        out.write_all(b"\n")?;
                    }
                }
                out.flush()?;
                drop(out);
                Ok(temporary)
            })
            .map_err(|source| Error::WriteReport { path: path.clone(), source: source.into() })?;
        written.push((path, temporary));
    }
    for (path, temporary) in written {
        let kept = if force { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        kept.map_err(|error| Error::WriteReport { path, source: error.error.into() })?;
    }
    Ok(())
}

/// A line of JSON for each row.
fn write_cases(out: &mut impl Write, cases: &[CaseRow]) -> std::io::Result<()> {
    for row in cases {
        serde_json::to_writer(&mut *out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A hidden file beside the place of `name`.
fn temporary(folder: &Path, name: &str) -> std::io::Result<NamedTempFile> {
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file: the user's mask takes away what is not wanted.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

impl Report {
    /// The version of the format that is written and read.
    pub const FORMAT: u32 = 1;

    /// Reads a `report.json`.
    ///
    /// # Errors
    /// Where it cannot be read, is no report, or has another format.
    pub fn read(path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let text = fs_err::read_to_string(path)
            .map_err(|source| Error::ReadReport { path: path.to_owned(), source: source.into() })?;
        let unreadable = |source: serde_json::Error| Error::ReadReport { path: path.to_owned(), source: source.into() };
        let Version { format } = serde_json::from_str(&text).map_err(unreadable)?;
        if format != Self::FORMAT {
            return Err(Error::ReportFormat { path: path.to_owned(), format, known: Self::FORMAT });
        }
        serde_json::from_str(&text).map_err(unreadable)
    }
}

impl CaseRow {
    /// Reads the rows of a `cases.jsonl`.
    ///
    /// # Errors
    /// With file and line, where it cannot be read or a line is no row.
    pub fn read(path: &Path) -> Result<Vec<Self>, Error> {
        let place = || path.display().to_string();
        let text = fs_err::read_to_string(path).map_err(|source| Error::Read { place: place(), source })?;
        let row = |(at, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|source| Error::Json { place: place(), line: at + 1, source })
        };
        text.lines().enumerate().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs_err::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_written_is_read_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new/folder");
        let (report, cases) = (fixture::report(), fixture::cases());
        write(&folder, &report, &cases, false).unwrap();
        assert_eq!(names(&folder), ["cases.jsonl", "report.html", "report.json", "report.md"]);
        assert_eq!(Report::read(&folder.join("report.json")).unwrap(), report);
        let lines = fs_err::read_to_string(folder.join("cases.jsonl")).unwrap();
        let read: Vec<CaseRow> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, cases);
    }

    #[test]
    fn a_report_is_replaced_only_when_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES {
            let path = folder.path().join(name);
            fs_err::write(&path, "mine").unwrap();
            let error = write(folder.path(), &fixture::report(), &[], false).unwrap_err();
            assert_eq!(error.to_string(), format!("`{}` exists already", path.display()));
            assert_eq!(names(folder.path()), [name]);
            assert_eq!(fs_err::read_to_string(&path).unwrap(), "mine");
            fs_err::remove_file(&path).unwrap();
        }
        fs_err::write(folder.path().join("report.md"), "mine").unwrap();
        write(folder.path(), &fixture::report(), &[], true).unwrap();
        assert!(fs_err::read_to_string(folder.path().join("report.md")).unwrap().starts_with("# Benchmark"));
        assert_eq!(names(folder.path()).len(), FILES.len());
    }

    #[test]
    fn what_cannot_be_written_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("report.md/inside")).unwrap();
        let error = write(folder.path(), &fixture::report(), &[], true).unwrap_err();
        assert!(error.to_string().ends_with("report.md`"), "{error}");
        assert!(!folder.path().join("report.json").exists(), "what is read back is renamed last");
        assert!(names(folder.path()).iter().all(|name| !name.starts_with('.')), "no temporary file stays");
    }

    #[test]
    fn other_files_and_other_formats_are_no_reports() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        assert!(matches!(Report::read(&path), Err(Error::ReadReport { .. })));
        for text in ["", "{}", "{\"format\": 1}", "[1]"] {
            fs_err::write(&path, text).unwrap();
            assert!(matches!(Report::read(&path), Err(Error::ReadReport { .. })), "{text}");
        }
        fs_err::write(&path, "{\"format\": 2, \"results\": 7}").unwrap();
        let message = format!("`{}` has format 2, and 1 is the one that is read", path.display());
        assert_eq!(Report::read(&path).unwrap_err().to_string(), message);
    }
}
