//! What was given on the command line -> bytes with their checksum -> an ontology.

mod download;
mod file_name;
mod folder;
mod recognise;

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use fs_err as fs;

use super::catalogue::{self, Entry};
use super::lines::Lines;
use super::{Draft, Error, Ontology, gene_info, languages, obo, obographs, rdf, sample, snomed, table, umls};
use download::Target;
use file_name::{day_in, file_name_of, safe_name, split_stem};
use folder::Release;
use recognise::{Format, recognise};

/// Told how many bytes have come, of how many where the server says so.
pub type Progress<'a> = &'a (dyn Fn(u64, Option<u64>) + Sync);

/// Where an ontology comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file on this machine, or a folder with a release of UMLS or SNOMED CT.
    Path(PathBuf),
    /// A web address.
    Url(String),
    /// An ontology of the catalogue.
    Catalogue(&'static Entry),
    /// The ontology compiled in.
    Sample,
}

/// How downloads are kept.
#[derive(Debug, Clone, Copy)]
pub struct Downloads<'a> {
    /// The folder they are kept in.
    pub folder: &'a Path,
    /// Whether to download again what is kept.
    pub refresh: bool,
}

/// A source that is at hand, and what is known of it before it is read.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The file or address, as it stands in messages.
    pub place: String,
    content: Content,
    /// BLAKE3 of the file as it came, in hexadecimal; of a release of several files, BLAKE3 of the list of theirs: a line
    /// each in the order of reading, `<BLAKE3>  <name>`.
    pub blake3: String,
    /// The name it was asked for by, where it is one of the catalogue or the sample.
    pub name: Option<String>,
    /// The file name without its endings.
    pub stem: String,
    /// A day in the file name or of the server's last change, for sources that state no release themselves.
    pub version_hint: Option<String>,
}

/// Where the bytes of a source lie.
#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Memory(&'static [u8]),
    Folder(Release),
}

impl Fetched {
    /// The content from its beginning, decompressed where it is gzip (which its first two bytes tell; several members
    /// behind each other are one file). Of a release of several files, the first one.
    ///
    /// # Errors
    /// Where the file cannot be opened; what goes wrong later, [`Fetched::failed`] explains.
    pub fn open(&self) -> Result<Box<dyn BufRead + Send>, Error> {
        match &self.content {
            Content::Memory(bytes) => Ok(Box::new(*bytes)),
            Content::File(path) => open_file(path),
            Content::Folder(release) => open_file(release.main()),
        }
    }

    /// The whole content, decompressed.
    ///
    /// # Errors
    /// Where it cannot be read or decompressed.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes).map_err(|error| self.failed(error))?;
        Ok(bytes)
    }

    /// What it means that reading what [`Fetched::open`] gave failed.
    pub fn failed(&self, source: io::Error) -> Error {
        match &self.content {
            Content::File(path) if !starts_with_gzip(path) => Error::Read { path: path.clone(), source },
            _ => Error::Gzip { place: self.place.clone(), source },
        }
    }
}

/// A file from its beginning, decompressed where it is gzip.
fn open_file(path: &Path) -> Result<Box<dyn BufRead + Send>, Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let mut file = BufReader::with_capacity(CHUNK, fs::File::open(path).map_err(read)?);
    let is_packed = file.fill_buf().map_err(read)?.starts_with(&GZIP);
    Ok(if is_packed { Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(file))) } else { Box::new(file) })
}

/// The first bytes, by which a format is told.
fn head_of(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(recognise::HEAD_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is read at a time.
const CHUNK: usize = 1 << 16;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn starts_with_gzip(path: &Path) -> bool {
    let mut start = [0; 2];
    fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok()) && start == GZIP
}

/// How to read what was fetched.
#[derive(Debug, Default)]
pub struct Options {
    /// The name the ontology shall have.
    pub name: Option<String>,
    /// The languages whose names are kept, besides names without one; all where there are none.
    pub languages: Vec<String>,
    /// How to read a table.
    pub table: table::Options,
    /// Of UMLS, only names and parents of these vocabularies (`SNOMEDCT_US`, `MSH`).
    pub vocabularies: Vec<String>,
    /// Of UMLS, only concepts of these semantic types (`T047`).
    pub semantic_types: Vec<String>,
    /// Of NCBI Gene, only genes of these species, by their number in the NCBI Taxonomy.
    pub taxa: Vec<u32>,
}

impl Options {
    fn umls(&self) -> umls::Options {
        umls::Options {
            languages: self.languages.clone(),
            vocabularies: self.vocabularies.clone(),
            semantic_types: self.semantic_types.clone(),
        }
    }

    fn snomed(&self) -> snomed::Options {
        snomed::Options { languages: self.languages.clone() }
    }

    fn gene_info(&self) -> gene_info::Options {
        gene_info::Options { taxa: self.taxa.clone() }
    }
}

impl Source {
    /// Tells what was given: a file, an address, `sample`, a name or prefix of the catalogue, in this order.
    ///
    /// # Errors
    /// [`Error::UnknownSource`] for a word that is none of these; a path that leads nowhere fails when it is fetched.
    pub fn parse(given: &str) -> Result<Self, Error> {
        let given = given.trim();
        let lower = given.to_ascii_lowercase();
        if Path::new(given).is_file() {
            return Ok(Self::Path(given.into()));
        }
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return Ok(Self::Url(given.to_owned()));
        }
        if lower == sample::NAME {
            return Ok(Self::Sample);
        }
        if let Some(entry) = catalogue::find(given) {
            return Ok(Self::Catalogue(entry));
        }
        if given.contains(['/', '\\', '.']) || Path::new(given).exists() {
            return Ok(Self::Path(given.into()));
        }
        Err(Error::UnknownSource { given: given.to_owned() })
    }

    /// Brings the bytes: reads the file, or downloads it unless it is kept already.
    ///
    /// # Errors
    /// Where the file cannot be read or downloaded.
    pub fn fetch(&self, downloads: Downloads<'_>, progress: Progress<'_>) -> Result<Fetched, Error> {
        match self {
            Self::Sample => Ok(Fetched {
                place: format!("{}.obo", sample::NAME),
                content: Content::Memory(sample::bytes()),
                blake3: blake3::hash(sample::bytes()).to_string(),
                name: Some(sample::NAME.to_owned()),
                stem: sample::NAME.to_owned(),
                version_hint: None,
            }),
            Self::Path(path) => fetch_file(path, path.display().to_string(), path, None),
            Self::Url(url) => {
                let file = file_name_of(url);
                // Two servers may each have a `hp.obo`.
                let hash = &blake3::hash(url.as_bytes()).to_hex()[..8];
                let kept = match split_stem(&file) {
                    (stem, "") => format!("{}-{hash}", safe_name(stem)),
                    (stem, endings) => format!("{}-{hash}.{}", safe_name(stem), safe_name(endings)),
                };
                fetch_url(&Target { url, folder: downloads.folder, name: &kept }, &file, None, downloads, progress)
            }
            Self::Catalogue(entry) => {
                let file = file_name_of(entry.url);
                let kept = format!("{}.{}", entry.name, split_stem(&file).1);
                let target = Target { url: entry.url, folder: downloads.folder, name: &kept };
                fetch_url(&target, &file, Some(entry.name), downloads, progress)
            }
        }
    }
}

/// Reads what was fetched, in whichever format it is, and makes it consistent.
///
/// The ontology is called what the options say; else what it was asked for as (so that the word that built an index
/// also finds it); else what it calls itself; else what its file is called.
///
/// # Errors
/// Where the format is not read by term2id, the content is broken beyond mending, or it holds no concept.
pub fn read(fetched: &Fetched, options: &Options) -> Result<Ontology, Error> {
    let mut draft = draft(fetched, options)?;
    draft.version = draft.version.or_else(|| fetched.version_hint.clone());
    let names = [options.name.as_deref(), fetched.name.as_deref(), draft.name.as_deref(), Some(&fetched.stem)];
    let name = names.into_iter().flatten().map(safe_name).find(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "ontology".to_owned());
    Ontology::assemble(draft, &name, &fetched.place)
}

/// What the reader of its format finds in what was fetched: each concept with its names and its line, labels or not.
///
/// # Errors
/// Where the format is not read by term2id, the content is broken beyond mending, or no name has a wanted language.
pub fn draft(fetched: &Fetched, options: &Options) -> Result<Draft, Error> {
    let place = &fetched.place;
    // Releases that may be very large are read in the wanted languages only, dialects too.
    if let Content::Folder(release) = &fetched.content {
        return release.draft(options);
    }
    let head = head_of(fetched.open()?).map_err(|error| fetched.failed(error))?;
    let format = recognise(&head)
        .map_err(|found| Error::UnknownFormat { place: place.clone(), found: format!("it looks like {found}") })?;
    let mut draft = match format {
        Format::Umls => return folder::alone(place, fetched.open()?, options),
        Format::GeneInfo => gene_info::read(Lines::new(place, fetched.open()?), &options.gene_info())?,
        Format::Rdf(syntax) => rdf::read(fetched.open()?, syntax, place).map_err(|error| match error {
            Error::Read { source, .. } => fetched.failed(source),
            error => error,
        })?,
        Format::Obo | Format::OboGraphs | Format::Table => {
            let bytes = fetched.bytes()?;
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            match format {
                Format::Obo => obo::read(bytes, place)?,
                Format::OboGraphs => obographs::read(bytes, place)?,
                _ => table::read(bytes, place, &options.table)?,
            }
        }
    };
    languages::keep(&mut draft, &options.languages, place)?;
    Ok(draft)
}

/// Sources that some [`Options`] are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A table whose columns are told by its header or by options.
    Table,
    /// A release of UMLS.
    Umls,
    /// NCBI Gene's `gene_info`.
    GeneInfo,
    /// Any other.
    Other,
}

/// Of which sort it is what was fetched; `None` where it is nothing that term2id reads.
///
/// # Errors
/// Where it cannot be read.
pub fn sort(fetched: &Fetched) -> Result<Option<Sort>, Error> {
    if let Content::Folder(release) = &fetched.content {
        return Ok(Some(if release.is_umls() { Sort::Umls } else { Sort::Other }));
    }
    let head = head_of(fetched.open()?).map_err(|error| fetched.failed(error))?;
    Ok(recognise(&head).ok().map(|format| match format {
        Format::Table => Sort::Table,
        Format::Umls => Sort::Umls,
        Format::GeneInfo => Sort::GeneInfo,
        Format::Obo | Format::OboGraphs | Format::Rdf(_) => Sort::Other,
    }))
}

/// Whether what was fetched is rows of cells, in text or in a spreadsheet, and no format that only ontologies have.
///
/// # Errors
/// Where it cannot be read.
pub fn is_table(fetched: &Fetched) -> Result<bool, Error> {
    let head = head_of(fetched.open()?).map_err(|error| fetched.failed(error))?;
    Ok(match recognise(&head) {
        Ok(format) => format == Format::Table,
        // What looks like an ontology that cannot be read is none.
        Err(_) => !head.trim_ascii_start().starts_with(b"<") && !head.trim_ascii_start().starts_with(b"{"),
    })
}

fn fetch_url(
    target: &Target<'_>,
    file: &str,
    name: Option<&str>,
    downloads: Downloads<'_>,
    progress: Progress<'_>,
) -> Result<Fetched, Error> {
    target.ensure(downloads.refresh, progress)?;
    let mut fetched = fetch_file(&target.path(), target.url.to_owned(), Path::new(file), name)?;
    fetched.version_hint = fetched.version_hint.or_else(|| target.modified());
    Ok(fetched)
}

fn fetch_file(path: &Path, place: String, called: &Path, name: Option<&str>) -> Result<Fetched, Error> {
    let (content, blake3) = if let Some(release) = Release::at(path)? {
        let blake3 = release.blake3()?;
        (Content::Folder(release), blake3)
    } else {
        let read = |source| Error::Read { path: path.to_owned(), source };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(fs::File::open(path).map_err(read)?).map_err(read)?;
        (Content::File(path.to_owned()), hasher.finalize().to_string())
    };
    let file = called.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Fetched {
        place,
        content,
        blake3,
        name: name.map(str::to_owned),
        stem: split_stem(&file).0.to_owned(),
        version_hint: day_in(&file),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Curie;
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    const OBO: &str = "format-version: 1.2\n\n[Term]\nid: X:1\nname: one\n";

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn fetch(given: &str) -> Result<Fetched, Error> {
        let downloads = Downloads { folder: Path::new("unused"), refresh: false };
        Source::parse(given)?.fetch(downloads, &|_, _| {})
    }

    /// Writes `bytes` to a file of this name and fetches it.
    fn fetch_bytes(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Fetched) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let fetched = fetch(path.to_str().unwrap()).unwrap();
        (folder, fetched)
    }

    #[test]
    fn what_was_given_is_told_apart() {
        assert_eq!(Source::parse("sample").unwrap(), Source::Sample);
        assert!(matches!(Source::parse("HP").unwrap(), Source::Catalogue(entry) if entry.name == "hp"));
        assert!(matches!(Source::parse("orphanet").unwrap(), Source::Catalogue(entry) if entry.name == "ordo"));
        assert_eq!(Source::parse("https://x.org/a.obo").unwrap(), Source::Url("https://x.org/a.obo".into()));
        assert_eq!(Source::parse("no/such.obo").unwrap(), Source::Path("no/such.obo".into()));
        assert_eq!(Source::parse(" missing.obo ").unwrap(), Source::Path("missing.obo".into()));
        assert!(matches!(Source::parse("nothing"), Err(Error::UnknownSource { given }) if given == "nothing"));
    }

    #[test]
    fn a_file_comes_with_name_day_and_checksum() {
        let (_folder, fetched) = fetch_bytes("my.terms_2024-10-18.obo", OBO.as_bytes());
        assert_eq!(fetched.bytes().unwrap(), OBO.as_bytes());
        assert_eq!(fetched.stem, "my.terms_2024-10-18");
        assert_eq!(fetched.version_hint.as_deref(), Some("2024-10-18"));
        assert_eq!(fetched.blake3, blake3::hash(OBO.as_bytes()).to_string());
    }

    #[test]
    fn gzip_is_taken_off_by_its_first_bytes_and_members_are_joined() {
        let (first, second) = OBO.split_at(20);
        let bytes = [gzip(first), gzip(second)].concat();
        for name in ["hp.obo.gz", "hp.obo"] {
            let (_folder, fetched) = fetch_bytes(name, &bytes);
            assert_eq!(fetched.bytes().unwrap(), OBO.as_bytes());
            assert_eq!(fetched.stem, "hp");
            assert_eq!(fetched.blake3, blake3::hash(&bytes).to_string());
        }
    }

    #[test]
    fn a_cut_gzip_file_is_an_error_that_names_it() {
        let bytes = gzip(OBO);
        for length in [2, 10, bytes.len() / 2, bytes.len() - 1] {
            let (_folder, fetched) = fetch_bytes("hp.obo.gz", &bytes[..length]);
            let error = fetched.bytes().unwrap_err();
            assert!(matches!(&error, Error::Gzip { place, .. } if place.ends_with("hp.obo.gz")), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        assert!(matches!(fetch("no/such.obo"), Err(Error::Read { .. })));
    }

    #[test]
    fn an_unread_format_is_named() {
        let (_folder, fetched) = fetch_bytes("hp.obo", b"<!DOCTYPE html><html>");
        let error = read(&fetched, &Options::default()).unwrap_err();
        assert!(
            error.to_string().ends_with("hp.obo` is no format term2id reads (it looks like an HTML page)"),
            "{error}"
        );
    }

    #[test]
    fn the_sample_is_read_whole() {
        let ontology = read(&fetch("sample").unwrap(), &Options::default()).unwrap();
        assert_eq!((ontology.name(), ontology.version()), ("sample", Some("2026-08-04")));
        assert_eq!(ontology.oddities(), []);
        assert!(ontology.live().count() > 390);
        let seizure = ontology.get(&Curie::parse("hp:0001250").unwrap()).unwrap();
        assert_eq!(seizure.label(), "Seizure");
    }

    #[test]
    fn an_ontology_is_called_what_the_user_says_else_what_was_asked_for_else_what_it_says_else_its_file() {
        let name_of = |own_name: &str, asked: Option<&str>, user: Option<&str>| {
            let (_folder, mut fetched) = fetch_bytes("file.obo.gz", format!("{own_name}{OBO}").as_bytes());
            fetched.name = asked.map(str::to_owned);
            let options = Options { name: user.map(str::to_owned), ..Options::default() };
            read(&fetched, &options).unwrap().name().to_owned()
        };
        assert_eq!(name_of("ontology: own\n", Some("asked"), Some("user")), "user");
        assert_eq!(name_of("ontology: own\n", Some("asked"), None), "asked");
        assert_eq!(name_of("ontology: my own\n", None, None), "my-own");
        assert_eq!(name_of("\u{feff}", None, None), "file");
    }

    #[test]
    fn the_hinted_day_is_the_release_where_the_source_states_none() {
        let (_folder, fetched) = fetch_bytes("x_2024-10-18.obo", OBO.as_bytes());
        assert_eq!(read(&fetched, &Options::default()).unwrap().version(), Some("2024-10-18"));
    }
}
