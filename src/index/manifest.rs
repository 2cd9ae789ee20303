//! What an index folder was made from, and whether its files are still what was written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::embed::Pooling;
use crate::embed::training::Outcome;

use super::{Error, GraphParameters, VectorKind};

/// The version of the folder's layout that this term2id writes and reads.
pub const FORMAT: u32 = 3;

/// The file of the manifest in an index folder.
pub(super) const FILE: &str = "manifest.json";

/// What `manifest.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the folder's layout.
    pub format: u32,
    /// The term2id that built it.
    pub term2id: String,
    /// The index's name.
    pub name: String,
    /// The ontology's release.
    pub version: Option<String>,
    /// What it was read from.
    pub source: Provenance,
    /// How many of what.
    pub counts: Counts,
    /// What made the vectors.
    pub encoder: Encoder,
    /// How the n-gram table was learnt; none where the ontology had nothing to learn from.
    pub training: Option<Outcome>,
    /// Other ontologies that the n-gram table was learnt from as well, as given on the command line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trained_with: Vec<String>,
    /// Simulated mentions that the ranker and its confidence were learnt from; none where nothing was.
    pub simulated_mentions: Option<usize>,
    /// How vectors are searched.
    pub vector: VectorKind,
    /// The graph's parameters, where there is one.
    pub graph: Option<GraphParameters>,
    /// The concept it was limited to.
    pub under: Option<String>,
    /// The subsets it was limited to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_subsets: Vec<String>,
    /// How many identifiers it was limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_identifiers: Option<usize>,
    /// The subsets that its concepts are in, each with their number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subsets: BTreeMap<String, usize>,
    /// The vocabularies that its concepts refer to, each with the number of identifiers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vocabularies: BTreeMap<String, usize>,
    /// (identifier, name) pairs left out.
    pub excluded_names: usize,
    /// Names that concepts got beside those of the ontology.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added_names: Vec<AddedNames>,
    /// Every other file: path with `/`, and what it must be.
    pub files: BTreeMap<String, FileMark>,
    /// BLAKE3 of this manifest as it is with an empty checksum.
    pub checksum: String,
}

/// What an ontology was read from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Path, URL or catalogue name as given.
    pub given: String,
    /// BLAKE3 of the source's bytes as they came.
    pub blake3: String,
    /// Oddities mended or passed over while reading.
    pub oddities: usize,
}

/// Names from a file of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedNames {
    /// The file as given.
    pub given: String,
    /// BLAKE3 of its bytes.
    pub blake3: String,
    /// How many names were added from it.
    pub names: usize,
}

/// How many of what an index holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Concepts that can be candidates.
    pub concepts: usize,
    /// Their names.
    pub names: usize,
    /// The distinct normal forms of these names.
    pub forms: usize,
    /// Retired concepts, known by identifier only.
    pub retired: usize,
}

/// What made the vectors of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoder {
    /// As given on the command line.
    pub spec: String,
    /// The embedder's identity, which queries must share.
    pub id: String,
    /// Length of a vector.
    pub dimensions: usize,
    /// How its token vectors are pooled, where the command line said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// What made the vectors of the dense channel, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Box<Self>>,
}

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its content.
    pub blake3: String,
}

impl Manifest {
    /// Reads the manifest of `folder`, whose format must be one this version reads.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct OnlyFormat {
            format: u32,
        }
        let path = folder.join(FILE);
        let text = fs_err::read(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::NoIndex { folder: folder.to_owned() },
            _ => Error::Io { path: path.clone(), source },
        })?;
        let damaged = |source| Error::Manifest { path: path.clone(), source };
        let OnlyFormat { format } = serde_json::from_slice(&text).map_err(damaged)?;
        if format != FORMAT {
            return Err(Error::Format { path, found: format });
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(damaged)?;
        if manifest.checksum != manifest.own_checksum().map_err(damaged)? {
            return Err(Error::Altered { path });
        }
        Ok(manifest)
    }

    fn own_checksum(&self) -> Result<String, serde_json::Error> {
        let unsigned = Self { checksum: String::new(), ..self.clone() };
        Ok(blake3::hash(&serde_json::to_vec(&unsigned)?).to_hex().to_string())
    }

    /// Writes the manifest into `folder`.
    pub(super) fn write(&mut self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        self.checksum = self.own_checksum().map_err(|source| Error::Manifest { path: path.clone(), source })?;
        let mut text =
            serde_json::to_vec_pretty(self).map_err(|source| Error::Manifest { path: path.clone(), source })?;
        text.push(b'\n');
        fs_err::write(&path, text).map_err(|source| Error::Io { path, source })
    }

    /// Lets whoever may read the manifest read every other file: some libraries make files for their owner alone.
    pub(super) fn share(&self, folder: &Path) -> Result<(), Error> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        let manifest = folder.join(FILE);
        let permissions = fs_err::metadata(&manifest).map_err(io(&manifest))?.permissions();
        for name in self.files.keys() {
            let path = folder.join(name);
            fs_err::set_permissions(&path, permissions.clone()).map_err(io(&path))?;
        }
        Ok(())
    }

    /// Checks every byte of every file against the manifest.
    pub(super) fn verify(&self, folder: &Path) -> Result<(), Error> {
        for (name, expected) in &self.files {
            let path = folder.join(name);
            let found = mark(&path)?;
            if found.bytes != expected.bytes {
                return Err(Error::Length { path, found: found.bytes, expected: expected.bytes });
            }
            if found.blake3 != expected.blake3 {
                return Err(Error::Altered { path });
            }
        }
        Ok(())
    }
}

/// Length and checksum of a file.
pub(super) fn mark(path: &Path) -> Result<FileMark, Error> {
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
        _ => Error::Io { path: path.to_owned(), source },
    };
    let bytes = fs_err::metadata(path).map_err(io)?.len();
    let mut hasher = blake3::Hasher::new();
    hasher.update_mmap_rayon(path).map_err(io)?;
    Ok(FileMark { bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// The marks of all files below `folder`, the manifest left out.
pub(super) fn marks(folder: &Path) -> Result<BTreeMap<String, FileMark>, Error> {
    let mut marks = BTreeMap::new();
    let mut open: Vec<(PathBuf, String)> = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        let io = |source| Error::Io { path: folder.clone(), source };
        for entry in fs_err::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(io)?.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else if name != FILE && Path::new(&name).extension().is_none_or(|extension| extension != "lock") {
                marks.insert(name, mark(&entry.path())?);
            }
        }
    }
    Ok(marks)
}
