//! The index of an ontology: a folder that is built beside its place, renamed when whole, and verified when opened.
//!
//! Building goes in steps, so that what is learnt between them is learnt elsewhere: [`Build::begin`] takes the place,
//! [`Build::names`] lays down names and their normal forms, the caller makes or chooses an embedder, [`Build::search`]
//! builds BM25 and vectors, and [`Unsealed::seal`] writes checksums and manifest and moves the folder into place.

mod build;
mod graph;
mod lexical;
mod manifest;
mod names;
mod vector;
mod words;

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arrays::Arrays;
use crate::embed::ngram::NgramEmbedder;
use crate::ontology::{Curie, Ontology, Tag, species};

pub use build::{Build, Description, Progress, Step, Unsealed, remove};
pub use graph::GraphParameters;
pub use lexical::{EngineError, LexicalIndex};
pub use manifest::{AddedNames, Counts, Encoder, FORMAT, FileMark, Manifest, Provenance};
pub use names::{Found, Names, Part, Selection, Subset};
pub use vector::{Query, VectorIndex, VectorKind};
pub use words::{MentionWord, Words};

/// A form found by a search, with the score of that search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position of the form.
    pub form: u32,
    /// BM25 or cosine.
    pub score: f32,
}

impl Hit {
    /// Higher scores first, equal ones by position.
    pub fn best_first(left: &Self, right: &Self) -> Ordering {
        right.score.total_cmp(&left.score).then(left.form.cmp(&right.form))
    }
}

impl Eq for Hit {}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Hit {
    /// The greater hit is the better one.
    fn cmp(&self, other: &Self) -> Ordering {
        Self::best_first(other, self)
    }
}

/// An opened index.
pub struct Index {
    folder: PathBuf,
    manifest: Manifest,
    parts: Arc<Parts>,
}

/// What is searched: the opened structures of an index, sealed or not.
pub struct Parts {
    names: Names,
    words: Words,
    table: Arc<NgramEmbedder>,
    lexical: LexicalIndex,
    vector: VectorIndex,
    dense: Option<VectorIndex>,
    ranking: Option<Arrays>,
    symbols: Option<Arrays>,
}

/// What the ranker learnt, in an index folder; retrieval writes and reads it.
pub const RANKING: &str = "ranking.safetensors";

/// What gene mentions are looked up by, in the folder of a nomenclature; retrieval writes and reads it.
pub const SYMBOLS: &str = "symbols.safetensors";

/// The table of the n-gram embedder in an index folder.
pub const ENCODER_TABLE: &str = "encoder.safetensors";

const LEXICAL: &str = "lexical";

/// How often opening starts again where the index is replaced meanwhile.
const ATTEMPTS: usize = 3;

impl Index {
    /// Opens the index in `folder` after checking every byte of it.
    ///
    /// # Errors
    /// Where there is none, or a file is missing, shortened, altered or of a newer format; the error names the file.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let mut manifest = Manifest::read(folder)?;
        // A build may put another index here meanwhile. What was opened is one index only if the manifest stayed.
        for _ in 0..ATTEMPTS {
            let opened = Self::open_as(folder, manifest.clone());
            let after = Manifest::read(folder)?;
            if after == manifest {
                return opened;
            }
            manifest = after;
        }
        Err(Error::Busy { name: manifest.name })
    }

    fn open_as(folder: &Path, manifest: Manifest) -> Result<Self, Error> {
        manifest.verify(folder)?;
        let parts = Parts::open(folder, manifest.graph.as_ref(), manifest.encoder.beside.is_some())?;
        Ok(Self { parts: Arc::new(parts), folder: folder.to_owned(), manifest })
    }

    /// What it was made from.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The ontology, as answers name it.
    pub fn tag(&self) -> Tag {
        Tag { name: self.manifest.name.clone(), version: self.manifest.version.clone() }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is searched.
    pub const fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    /// Names, forms and concepts.
    pub fn names(&self) -> &Names {
        &self.parts.names
    }

    /// The ontology it was made from, whole: with retired concepts, and with the names and concepts that were left out
    /// of the index. What was odd in its source is not known any more.
    ///
    /// # Errors
    /// Where a concept cannot be read.
    pub fn ontology(&self) -> Result<Ontology, Error> {
        self.names().ontology(&self.manifest.name, self.manifest.version.as_deref())
    }
}

impl Parts {
    fn open(folder: &Path, graph: Option<&GraphParameters>, dense: bool) -> Result<Self, Error> {
        Ok(Self {
            table: Arc::new(NgramEmbedder::open(&folder.join(ENCODER_TABLE))?),
            names: Names::open(folder)?,
            words: Words::open(folder)?,
            lexical: LexicalIndex::open(&folder.join(LEXICAL))?,
            vector: VectorIndex::open(folder, &vector::MAIN, graph)?,
            dense: dense.then(|| VectorIndex::open(folder, &vector::DENSE, graph)).transpose()?,
            symbols: folder.join(SYMBOLS).exists().then(|| Arrays::open(&folder.join(SYMBOLS))).transpose()?,
            ranking: folder.join(RANKING).exists().then(|| Arrays::open(&folder.join(RANKING))).transpose()?,
        })
    }

    /// Names, forms and concepts.
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The distinct words.
    pub const fn words(&self) -> &Words {
        &self.words
    }

    /// The n-gram table that was learnt from its names.
    pub const fn table(&self) -> &Arc<NgramEmbedder> {
        &self.table
    }

    /// BM25.
    pub const fn lexical(&self) -> &LexicalIndex {
        &self.lexical
    }

    /// Nearest neighbours.
    pub const fn vector(&self) -> &VectorIndex {
        &self.vector
    }

    /// What the ranker learnt, where it did.
    pub const fn ranking(&self) -> Option<&Arrays> {
        self.ranking.as_ref()
    }

    /// What gene mentions are looked up by, in a nomenclature.
    pub const fn symbols(&self) -> Option<&Arrays> {
        self.symbols.as_ref()
    }

    /// Nearest neighbours by the encoder beside the main one, where there is one.
    pub const fn dense(&self) -> Option<&VectorIndex> {
        self.dense.as_ref()
    }
}

/// The names of the indexes in a folder, sorted.
pub fn list(indexes: &Path) -> Result<Vec<String>, Error> {
    let io = |source| Error::Io { path: indexes.to_owned(), source };
    let mut names = Vec::new();
    if !indexes.exists() {
        return Ok(names);
    }
    for entry in fs_err::read_dir(indexes).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().join(manifest::FILE).exists() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Why an index could not be built or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system said no.
    #[error("cannot access `{}`", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is no index in the folder.
    #[error("there is no index in `{}`", folder.display())]
    NoIndex {
        /// The folder.
        folder: PathBuf,
    },
    /// Something other than an index is where the index would go.
    #[error("`{}` exists and is no index", place.display())]
    NotAnIndex {
        /// What is there.
        place: PathBuf,
    },
    /// The manifest does not parse.
    #[error("`{}` is no manifest of an index", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Written by another version of term2id.
    #[error("`{}` has format {found}, this term2id reads format {FORMAT}", path.display())]
    Format {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A file of the index is gone.
    #[error("`{}` is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file of the index is shorter or longer than what was written.
    #[error("`{}` has {found} bytes instead of {expected}", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// The length it had.
        expected: u64,
    },
    /// A file of the index is not what was written.
    #[error("`{}` was altered: its checksum is not the manifest's", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// A file whose checksum is right and whose content makes no sense.
    #[error("`{}` contradicts itself", path.display())]
    Inconsistent {
        /// The file.
        path: PathBuf,
    },
    /// The arrays of an index cannot be written or opened.
    #[error(transparent)]
    Arrays(#[from] crate::arrays::Error),
    /// A concept's record does not parse.
    #[error("cannot read a concept from `{}`", path.display())]
    Record {
        /// The file of records.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Another build of this name is running.
    #[error("another build of the index `{name}` is running")]
    Busy {
        /// The index.
        name: String,
    },
    /// Nothing is left to index.
    #[error("no name is left to index in `{name}`")]
    NoNames {
        /// The index.
        name: String,
    },
    /// More names than positions of 32 bits can tell apart.
    #[error("{names} names are more than one index can hold")]
    TooMany {
        /// How many there are.
        names: usize,
    },
    /// The concept is not in the index or the ontology.
    #[error("`{id}` is no live concept here")]
    UnknownConcept {
        /// The identifier.
        id: Curie,
    },
    /// The namespace does not occur.
    #[error("no concept is in the namespace `{namespace}` (known: {})", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    UnknownNamespace {
        /// What was given.
        namespace: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No gene is of the species.
    #[error("no gene is of the species {} ({})", species::described(namespace), species_there_are(known))]
    UnknownSpecies {
        /// The namespace of its genes.
        namespace: String,
        /// The namespaces of species that there are.
        known: Vec<String>,
    },
    /// What was selected holds nothing.
    #[error("no live concept is in all that the index is limited to")]
    NoConcepts,
    /// The subset does not occur.
    #[error("no concept is in the subset `{subset}` (known: {})", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    UnknownSubset {
        /// What was given.
        subset: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The words' index cannot be written, opened or searched.
    #[error("the word index failed")]
    Lexical(#[from] lexical::EngineError),
    /// Texts could not be turned into vectors.
    #[error("cannot turn names into vectors")]
    Embed(#[from] crate::embed::Error),
}

/// How many species an error names.
const SHOWN_SPECIES: usize = 20;

/// The species there are, by their namespaces, in words.
fn species_there_are(known: &[String]) -> String {
    let named: Vec<String> = known.iter().take(SHOWN_SPECIES).map(|namespace| species::described(namespace)).collect();
    match (named.as_slice(), known.len() - named.len()) {
        ([], _) => "no concept here says of which species it is".to_owned(),
        (_, 0) => format!("there are those of {}", named.join(", ")),
        (_, more) => format!("there are those of {} and of {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{Embedder, Pooling};
    use crate::ontology::obo;

    fn build(folder: &Path) -> Index {
        build_with(folder, "ngram", None)
    }

    fn build_with(folder: &Path, spec: &str, beside: Option<&dyn Embedder>) -> Index {
        let text = "[Term]\nid: X:1\nname: Fever\nsynonym: \"Pyrexia\" EXACT []\n";
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
        Index::made(&ontology, folder, spec, beside, Some(GraphParameters::default()))
    }

    #[test]
    fn an_altered_manifest_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        build(folder.path());
        let path = folder.path().join("x/manifest.json");
        let text = fs_err::read_to_string(&path).unwrap();
        for (from, to) in [("\"ef_search\": 150", "\"ef_search\": 1"), ("\"files\": {", "\"files\": {}, \"others\": {")]
        {
            assert!(text.contains(from));
            fs_err::write(&path, text.replace(from, to)).unwrap();
            assert!(matches!(Index::open(&folder.path().join("x")), Err(Error::Altered { .. })), "{from}");
        }
    }

    /// Embeds by the number of letters.
    struct Lengths;

    impl Embedder for Lengths {
        fn id(&self) -> &'static str {
            "fastembed:lengths#0"
        }

        fn dimensions(&self) -> usize {
            3
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, crate::embed::Error> {
            let vector = |text: &&str| [1.0, text.len() as f32, 0.0].to_vec();
            Ok(texts
                .iter()
                .map(vector)
                .map(|mut vector| (crate::embed::scale_to_unit(&mut vector), vector).1)
                .collect())
        }
    }

    #[test]
    fn an_encoder_beside_the_main_one_has_vectors_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let index = build_with(folder.path(), "ngram+fastembed:./lengths", Some(&Lengths));
        let encoder = &index.manifest().encoder;
        assert_eq!((encoder.spec.as_str(), encoder.pooling), ("ngram", None));
        let beside = encoder.beside.as_deref().unwrap();
        assert_eq!((beside.spec.as_str(), beside.id.as_str()), ("fastembed:./lengths", "fastembed:lengths#0"));
        assert_eq!((beside.dimensions, beside.pooling), (3, Some(Pooling::Cls)));
        let (main, dense) = (index.parts().vector(), index.parts().dense().unwrap());
        assert_eq!((main.len(), dense.len()), (2, 2));
        for form in 0..2 {
            let query = Lengths.embed(&[index.names().form(form)]).unwrap().remove(0);
            let nearest = dense.search(&dense.query(query), 1, None)[0];
            assert_eq!(nearest.form, form);
        }
    }

    #[test]
    fn an_index_of_one_encoder_says_nothing_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let index = build(folder.path());
        assert!(index.parts().dense().is_none());
        let text = fs_err::read_to_string(folder.path().join("x/manifest.json")).unwrap();
        assert!(!text.contains("beside") && !text.contains("pooling") && !text.contains("dense"), "{text}");
    }

    #[test]
    fn an_opened_index_outlives_the_next_build_and_its_removal() {
        let folder = tempfile::tempdir().unwrap();
        let index = build(folder.path());
        build(folder.path());
        remove(folder.path(), "x").unwrap();
        assert!(matches!(index.names().find(&Curie::parse("X:1").unwrap()), Ok(Some(Found::Live(_)))));
        assert!(list(folder.path()).unwrap().is_empty());
    }
}
