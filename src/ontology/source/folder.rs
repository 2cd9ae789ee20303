//! Releases that are folders of files, or one file with others beside it: UMLS and SNOMED CT.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::recognise::{Format, recognise};
use super::{Options, head_of, open_file};
use crate::ontology::lines::Lines;
use crate::ontology::{Draft, Error, snomed, umls};

/// A release whose files are known.
#[derive(Debug, Clone)]
pub(super) struct Release {
    /// What was given.
    place: PathBuf,
    kind: Kind,
    /// Those that are there, in the order in which they are read and their checksum is made.
    files: Vec<(Part, PathBuf)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Umls,
    Snomed,
}

/// What a file of a release holds; the order is that of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Version,
    Ranks,
    Types,
    Concepts,
    Languages,
    Names,
    Relations,
    Definitions,
    Retired,
}

/// The file of the Metathesaurus that a release cannot do without.
const UMLS_NAMES: &str = "MRCONSO.RRF";

/// Files of the Metathesaurus.
const UMLS: [(Part, &str); 7] = [
    (Part::Version, "release.dat"),
    (Part::Ranks, "MRRANK.RRF"),
    (Part::Types, "MRSTY.RRF"),
    (Part::Names, UMLS_NAMES),
    (Part::Relations, "MRREL.RRF"),
    (Part::Definitions, "MRDEF.RRF"),
    (Part::Retired, "MRCUI.RRF"),
];

/// What the names of files of SNOMED CT begin with, after an `x` in releases that are not final.
const SNOMED: [(Part, &str); 7] = [
    (Part::Concepts, "sct2_Concept_Snapshot"),
    (Part::Languages, "der2_cRefset_LanguageSnapshot"),
    (Part::Names, "sct2_Description_Snapshot"),
    (Part::Definitions, "sct2_TextDefinition_Snapshot"),
    (Part::Relations, "sct2_Relationship_Snapshot"),
    (Part::Retired, "der2_cRefset_AssociationSnapshot"),
    (Part::Retired, "der2_cRefset_AssociationReferenceSnapshot"),
];

/// How deep below the given folder files of SNOMED CT are looked for; `Snapshot/Refset/Language` is 3.
const DEPTH: usize = 5;

impl Release {
    /// The release that `path` is: a folder, or `MRCONSO.RRF`. `None` for any other file.
    pub(super) fn at(path: &Path) -> Result<Option<Self>, Error> {
        if path.is_dir() {
            return Self::in_folder(path).map(Some);
        }
        let is_umls = path.file_name().is_some_and(|name| is_called(&name.to_string_lossy(), UMLS_NAMES));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !is_umls || !path.exists() {
            return Ok(None);
        }
        let mut files = umls_files(folder)?;
        // Beside it another packing of the same may lie.
        for (part, file) in &mut files {
            if *part == Part::Names {
                path.clone_into(file);
            }
        }
        Ok(Some(Self { place: path.to_owned(), kind: Kind::Umls, files }))
    }

    fn in_folder(folder: &Path) -> Result<Self, Error> {
        for inner in [folder.to_owned(), folder.join("META")] {
            if inner.is_dir() {
                let files = umls_files(&inner)?;
                if files.iter().any(|(part, _)| *part == Part::Names) {
                    return Ok(Self { place: folder.to_owned(), kind: Kind::Umls, files });
                }
            }
        }
        let mut files = Vec::new();
        snomed_files(folder, DEPTH, &mut files)?;
        if files.is_empty() {
            let missing = "MRCONSO.RRF (also looked for in `META`), nor an RF2 snapshot (sct2_Concept_Snapshot_….txt)";
            return Err(Error::Lacking { place: folder.display().to_string(), missing: missing.to_owned() });
        }
        files.sort_by(|(part, file), (other_part, other)| (part, name_of(file)).cmp(&(other_part, name_of(other))));
        Ok(Self { place: folder.to_owned(), kind: Kind::Snomed, files })
    }

    /// BLAKE3 of a text with a line a file, in the order in which they are read: BLAKE3 of the file as it lies there, two
    /// spaces, its name.
    pub(super) fn blake3(&self) -> Result<String, Error> {
        let mut all = blake3::Hasher::new();
        for (_, path) in &self.files {
            let mut one = blake3::Hasher::new();
            let file = fs::File::open(path).map_err(|source| Error::Read { path: path.clone(), source })?;
            one.update_reader(file).map_err(|source| Error::Read { path: path.clone(), source })?;
            all.update(format!("{}  {}\n", one.finalize(), name_of(path)).as_bytes());
        }
        Ok(all.finalize().to_string())
    }

    /// Whether it is one of UMLS, not of SNOMED CT.
    pub(super) fn is_umls(&self) -> bool {
        self.kind == Kind::Umls
    }

    /// What is read first of all: names or concepts.
    pub(super) fn main(&self) -> &Path {
        let part = if self.kind == Kind::Umls { Part::Names } else { Part::Concepts };
        self.files.iter().find(|(of, _)| *of == part).map_or(&self.place, |(_, path)| path)
    }

    /// Reads it.
    pub(super) fn draft(&self, options: &Options) -> Result<Draft, Error> {
        let place = self.place.display().to_string();
        match self.kind {
            Kind::Umls => {
                let names = self.main();
                let head = head_of(open_file(names)?);
                let head = head.map_err(|source| Error::Read { path: names.to_owned(), source })?;
                match recognise(&head) {
                    Ok(Format::Umls) => {}
                    Ok(_) => return Err(unlike(names, "no rows of 18 fields that begin with a concept identifier")),
                    Err(found) => return Err(unlike(names, &format!("it looks like {found}"))),
                }
                let one = |part| self.lines(part).map(|mut all| all.pop());
                let files = umls::Files {
                    place,
                    release: one(Part::Version)?,
                    ranks: one(Part::Ranks)?,
                    types: one(Part::Types)?,
                    relations: one(Part::Relations)?,
                    definitions: one(Part::Definitions)?,
                    retired: one(Part::Retired)?,
                    names: lines(names)?,
                };
                umls::read(files, &options.umls())
            }
            Kind::Snomed => {
                let files = snomed::Files {
                    place,
                    version: day(&name_of(self.main())),
                    concepts: self.lines(Part::Concepts)?,
                    descriptions: self.lines(Part::Names)?,
                    definitions: self.lines(Part::Definitions)?,
                    languages: self.lines(Part::Languages)?,
                    relationships: self.lines(Part::Relations)?,
                    associations: self.lines(Part::Retired)?,
                };
                snomed::read(files, &options.snomed())
            }
        }
    }

    fn lines(&self, part: Part) -> Result<Vec<Lines<'static>>, Error> {
        self.files.iter().filter(|(of, _)| *of == part).map(|(_, path)| lines(path)).collect()
    }
}

fn unlike(path: &Path, found: &str) -> Error {
    Error::UnknownFormat { place: path.display().to_string(), found: found.to_owned() }
}

fn lines(path: &Path) -> Result<Lines<'static>, Error> {
    let reader: Box<dyn BufRead> = open_file(path)?;
    Ok(Lines::new(name_of(path), reader))
}

/// The day in the name of a file of SNOMED CT: `sct2_Concept_Snapshot_INT_20240701.txt`.
fn day(name: &str) -> Option<String> {
    let digits = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".txt")?.rsplit('_').next()?;
    let is_day = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_day.then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))
}

fn umls_files(folder: &Path) -> Result<Vec<(Part, PathBuf)>, Error> {
    let inside = list(folder)?;
    let find = |wanted: &str| inside.iter().find(|path| path.is_file() && is_called(&name_of(path), wanted));
    Ok(UMLS.iter().filter_map(|(part, wanted)| Some((*part, find(wanted)?.clone()))).collect())
}

fn snomed_files(folder: &Path, depth: usize, found: &mut Vec<(Part, PathBuf)>) -> Result<(), Error> {
    for path in list(folder)? {
        // A link may lead round in a circle.
        if path.is_dir() {
            if depth > 0 && !path.is_symlink() {
                snomed_files(&path, depth - 1, found)?;
            }
            continue;
        }
        let name = name_of(&path);
        let plain = name.strip_prefix('x').unwrap_or(&name);
        let unpacked = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
        let is_table = unpacked.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
        let begins = |start: &str| plain.strip_prefix(start).is_some_and(|rest| rest.starts_with(['_', '-']));
        if let Some((part, _)) = SNOMED.iter().find(|(_, start)| is_table && begins(start)) {
            found.push((*part, path));
        }
    }
    Ok(())
}

/// What lies in a folder, by name.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(read)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = entries.collect::<Result<_, _>>().map_err(read)?;
    paths.sort();
    Ok(paths)
}

/// Whether a file has this name, in any case, perhaps packed.
fn is_called(name: &str, wanted: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.eq_ignore_ascii_case(wanted)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads a file of names that has another name or came from elsewhere, so that nothing is known to stand beside it.
pub(super) fn alone(place: &str, reader: Box<dyn BufRead + Send>, options: &Options) -> Result<Draft, Error> {
    umls::read(umls::Files::of_names(place, Lines::new(place, reader)), &options.umls())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::source::{Downloads, Fetched, Source, read};

    const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

    fn fetch(path: &Path) -> Result<Fetched, Error> {
        let downloads = Downloads { folder: Path::new("unused"), refresh: false };
        Source::Path(path.to_owned()).fetch(downloads, &|_, _| {})
    }

    fn labels(path: &Path, options: &Options) -> Result<Vec<String>, Error> {
        let ontology = read(&fetch(path)?, options)?;
        let live = ontology.live().map(|concept| concept.label().to_owned());
        Ok(live.collect())
    }

    fn copy(from: &str, names: &[&str], to: &Path) {
        fs::create_dir_all(to).unwrap();
        for name in names {
            fs::copy(Path::new(FIXTURES).join(from).join(name), to.join(name)).unwrap();
        }
    }

    #[test]
    fn a_release_of_umls_is_found_from_its_folder_or_the_one_above_or_its_file_of_names() {
        let umls = Path::new(FIXTURES).join("umls");
        let all = labels(&umls, &Options::default()).unwrap();
        assert_eq!(all, ["Teaspoon Ache", "Cutlery complaint", "Fork, hereditary bent", "Kitchen drawer"]);
        for given in ["META", "META/MRCONSO.RRF"] {
            assert_eq!(labels(&umls.join(given), &Options::default()).unwrap(), all);
            assert_eq!(fetch(&umls.join(given)).unwrap().blake3, fetch(&umls).unwrap().blake3);
        }
        let ontology = read(&fetch(&umls).unwrap(), &Options::default()).unwrap();
        assert_eq!((ontology.name(), ontology.version()), ("umls", Some("2024AA")));
    }

    #[test]
    fn a_snapshot_of_snomed_ct_is_found_below_the_folder() {
        for given in ["snomed", "snomed/Snapshot"] {
            let ontology = read(&fetch(&Path::new(FIXTURES).join(given)).unwrap(), &Options::default()).unwrap();
            assert_eq!((ontology.name(), ontology.version()), ("snomedct", Some("2024-07-01")));
            assert_eq!((ontology.live().count(), ontology.concepts().len()), (4, 6));
            assert_eq!(ontology.oddities(), []);
        }
    }

    #[test]
    fn a_file_of_names_may_be_packed_or_have_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read(Path::new(FIXTURES).join("umls/META/MRCONSO.RRF")).unwrap();
        let path = folder.path().join("MRCONSO.RRF.gz");
        let mut packed = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &text).unwrap();
        packed.finish().unwrap();
        assert_eq!(labels(&path, &Options::default()).unwrap().len(), 4);
        assert_eq!(labels(folder.path(), &Options::default()).unwrap().len(), 4);
        let renamed = folder.path().join("names.txt");
        fs::write(&renamed, text).unwrap();
        assert_eq!(labels(&renamed, &Options::default()).unwrap().len(), 4);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let error = labels(&path, &Options::default()).unwrap_err();
        assert!(error.to_string().contains("MRCONSO.RRF.gz"), "{error}");
    }

    #[test]
    fn the_checksum_is_that_of_a_list_of_the_files_read() {
        let folder = tempfile::tempdir().unwrap();
        copy("umls/META", &["MRCONSO.RRF", "MRSTY.RRF"], folder.path());
        let sum = |name: &str| blake3::hash(&fs::read(folder.path().join(name)).unwrap()).to_string();
        let list = format!("{}  MRSTY.RRF\n{}  MRCONSO.RRF\n", sum("MRSTY.RRF"), sum("MRCONSO.RRF"));
        assert_eq!(fetch(folder.path()).unwrap().blake3, blake3::hash(list.as_bytes()).to_string());
        fs::write(folder.path().join("MRSAT.RRF"), "not read").unwrap();
        assert_eq!(fetch(folder.path()).unwrap().blake3, blake3::hash(list.as_bytes()).to_string());
    }

    #[test]
    fn a_folder_that_holds_neither_says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let error = fetch(folder.path()).unwrap_err().to_string();
        assert!(error.contains("has no MRCONSO.RRF") && error.contains("sct2_Concept_Snapshot"), "{error}");
        fs::write(folder.path().join("MRCONSO.RRF"), "<html>").unwrap();
        let error = labels(folder.path(), &Options::default()).unwrap_err();
        assert!(matches!(error, Error::UnknownFormat { .. }), "{error}");
        fs::write(folder.path().join("MRCONSO.RRF"), b"\xff\xfeC\0").unwrap();
        assert!(labels(folder.path(), &Options::default()).unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn a_snapshot_without_concepts_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        copy("snomed/Snapshot/Terminology", &["sct2_Description_Snapshot-en_INT_20240701.txt"], folder.path());
        let error = labels(folder.path(), &Options::default()).unwrap_err().to_string();
        assert!(error.ends_with("has no sct2_Concept_Snapshot file"), "{error}");
    }

    #[test]
    fn gene_info_is_told_by_its_header_and_read_for_some_species() {
        let genes = Path::new(FIXTURES).join("gene_info.tsv");
        let of = |taxa: &[u32]| labels(&genes, &Options { taxa: taxa.to_vec(), ..Options::default() }).unwrap();
        assert_eq!(of(&[]), ["Trp53", "tp53", "BRCA1", "TP53"]);
        assert_eq!(of(&[10090, 7955]), ["Trp53", "tp53"]);
    }
}
