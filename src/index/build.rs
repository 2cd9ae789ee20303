//! Builds an index beside its place and moves it there when it is whole; removes one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::{self, AddedNames, Counts, Encoder, FORMAT, Manifest, Provenance};
use super::names::{Names, Selection};
use super::vector::{self, VectorIndex, VectorKind};
use super::words::Words;
use super::{Error, GraphParameters, Index, LEXICAL, LexicalIndex, Parts};
use crate::embed::ngram::NgramEmbedder;
use crate::embed::training::Outcome;
use crate::embed::{Embedder, EmbedderSpec, EncoderSpec, Pooling};
use crate::ontology::{Curie, Ontology};

/// The step of a build that progress is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Forms turned into vectors.
    Encode,
    /// The same by the encoder of the dense channel.
    EncodeDense,
    /// Forms written to the BM25 index.
    Words,
    /// Vectors inserted into the graph.
    Graph,
    /// Those of the dense channel into theirs.
    GraphDense,
}

/// Told which step is how far (of how many).
pub type Progress<'a> = &'a (dyn Fn(Step, usize, usize) + Sync);

/// An index that is being built.
pub struct Build {
    place: PathBuf,
    folder: PathBuf,
    name: String,
    /// Held until the build is dropped.
    _lock: fs_err::File,
}

impl Drop for Build {
    /// What is not in its place by now will not come there.
    fn drop(&mut self) {
        let _ = remove_folder(&self.folder);
    }
}

/// What is written into the manifest beside the counts.
#[derive(Debug, Clone)]
pub struct Description {
    /// The ontology's release.
    pub version: Option<String>,
    /// What it was read from.
    pub source: Provenance,
    /// The encoders as given on the command line.
    pub encoder: EncoderSpec,
    /// The pooling given with them; none where the model says.
    pub pooling: Option<Pooling>,
    /// How the n-gram table was learnt.
    pub training: Option<Outcome>,
    /// The other ontologies it was learnt from as well.
    pub trained_with: Vec<String>,
    /// Names that its concepts got beside the ontology's own.
    pub added_names: Vec<AddedNames>,
    /// Simulated mentions that the ranker was learnt from.
    pub simulated_mentions: Option<usize>,
}

/// What made vectors.
struct Made {
    id: String,
    dimensions: usize,
}

impl Made {
    fn by(embedder: &dyn Embedder) -> Self {
        Self { id: embedder.id().to_owned(), dimensions: embedder.dimensions() }
    }
}

/// A build whose search structures are written.
pub struct Unsealed {
    build: Build,
    parts: Arc<Parts>,
    encoder: Made,
    beside: Option<Made>,
    graph: Option<GraphParameters>,
}

impl Build {
    /// Takes the place `indexes/name` for a build.
    ///
    /// # Errors
    /// [`Error::Busy`] where another build of the same name is running; [`Error::NotAnIndex`] where something else is
    /// in the place.
    pub fn begin(indexes: &Path, name: &str) -> Result<Self, Error> {
        let place = indexes.join(name);
        if place.exists() && !place.join(manifest::FILE).exists() {
            return Err(Error::NotAnIndex { place });
        }
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        fs_err::create_dir_all(indexes).map_err(io(indexes))?;
        let lock_path = indexes.join(format!(".{name}.lock"));
        let lock = fs_err::File::create(&lock_path).map_err(io(&lock_path))?;
        match lock.file().try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(Error::Busy { name: name.to_owned() }),
            Err(std::fs::TryLockError::Error(source)) => return Err(Error::Io { path: lock_path, source }),
        }
        let folder = indexes.join(format!(".{name}.building"));
        remove_folder(&folder)?;
        fs_err::create_dir_all(&folder).map_err(io(&folder))?;
        Ok(Self { place, folder, name: name.to_owned(), _lock: lock })
    }

    /// Where the parts are being written.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lays down the names of the selected part of `ontology`.
    ///
    /// # Errors
    /// [`Error::NoNames`] where nothing is left to index.
    pub fn names(&self, ontology: &Ontology, selection: &Selection) -> Result<Names, Error> {
        let names = Names::write(ontology, selection, &self.folder)?;
        if names.names() == 0 { Err(Error::NoNames { name: self.name.clone() }) } else { Ok(names) }
    }

    /// Builds BM25 and vectors over the forms of `names`; `words` is the n-gram embedder, for words alone, and `beside`
    /// the embedder of the dense channel.
    pub fn search(
        self,
        names: Names,
        words: &NgramEmbedder,
        embedder: &dyn Embedder,
        beside: Option<&dyn Embedder>,
        graph: Option<GraphParameters>,
        progress: Progress<'_>,
    ) -> Result<Unsealed, Error> {
        let forms: Vec<&str> = names.all_forms().collect();
        Words::build(&names, words, &self.folder)?;
        let codes = vector::encode(&forms, embedder, &|done| progress(Step::Encode, done, forms.len()))?;
        // Before the graphs: what can fail does so early.
        let dense = beside
            .map(|beside| vector::encode(&forms, beside, &|done| progress(Step::EncodeDense, done, forms.len())))
            .transpose()?;
        LexicalIndex::build(&names, &self.folder.join(LEXICAL), &|done| progress(Step::Words, done, forms.len()))?;
        progress(Step::Words, forms.len(), forms.len());
        let build = |codes: &vector::Codes, files, step| {
            VectorIndex::build(codes, graph.as_ref(), &self.folder, files, &|done| progress(step, done, forms.len()))
        };
        build(&codes, &vector::MAIN, Step::Graph)?;
        if let Some(codes) = dense {
            build(&codes, &vector::DENSE, Step::GraphDense)?;
        }
        drop(forms);
        drop(names);
        let parts = Arc::new(Parts::open(&self.folder, graph.as_ref(), beside.is_some())?);
        Ok(Unsealed { build: self, parts, encoder: Made::by(embedder), beside: beside.map(Made::by), graph })
    }
}

impl Unsealed {
    /// What can be searched already.
    pub const fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    /// Where the parts lie; what is written here is sealed with them.
    pub fn folder(&self) -> &Path {
        &self.build.folder
    }

    /// Writes checksums and manifest, moves the folder into place, and opens it there.
    pub fn seal(self, description: Description, ontology: &Ontology, selection: &Selection) -> Result<Index, Error> {
        let Self { build, parts, encoder, beside, graph } = self;
        let names = parts.names();
        let manifest_of = |spec: EmbedderSpec, Made { id, dimensions }| {
            let pooling = description.pooling.filter(|_| spec.pools());
            Encoder { spec: spec.to_string(), id, dimensions, pooling, beside: None }
        };
        let EncoderSpec { main, beside: beside_spec } = description.encoder;
        let mut encoder = manifest_of(main, encoder);
        encoder.beside = beside_spec.zip(beside).map(|(spec, made)| Box::new(manifest_of(spec, made)));
        let mut manifest = Manifest {
            format: FORMAT,
            term2id: env!("CARGO_PKG_VERSION").to_owned(),
            name: build.name.clone(),
            version: description.version,
            source: description.source,
            counts: Counts {
                concepts: names.concepts(),
                names: names.names(),
                forms: names.forms(),
                retired: ontology.concepts().iter().filter(|concept| concept.is_retired()).count(),
            },
            encoder,
            training: description.training,
            trained_with: description.trained_with,
            simulated_mentions: description.simulated_mentions,
            vector: if graph.is_some() { VectorKind::Hnsw } else { VectorKind::Exact },
            graph,
            under: selection.under.as_ref().map(Curie::to_string),
            only_subsets: selection.subsets.clone(),
            only_identifiers: selection.only.as_ref().map(BTreeSet::len),
            subsets: names.subset_sizes(),
            vocabularies: names.vocabularies(),
            excluded_names: selection.excluded(),
            added_names: description.added_names,
            files: manifest::marks(&build.folder)?,
            checksum: String::new(),
        };
        manifest.write(&build.folder)?;
        manifest.share(&build.folder)?;
        drop(parts);
        move_into_place(&build.folder, &build.place)?;
        let place = build.place.clone();
        drop(build);
        Index::open(&place)
    }
}

/// Puts the folder `new` where `place` is. Killed at any moment, it leaves either the old or the new index there.
fn move_into_place(new: &Path, place: &Path) -> Result<(), Error> {
    let io = |source| Error::Io { path: place.to_owned(), source };
    if place.exists() {
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            if renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE).is_ok() {
                return remove_folder(new);
            }
        }
        // Where folders cannot be exchanged (Windows, some network file systems) there is a moment without an index.
        remove_folder(place)?;
    }
    fs_err::rename(new, place).map_err(io)
}

/// Removes the index `name`; refuses while it is being built.
pub fn remove(indexes: &Path, name: &str) -> Result<(), Error> {
    let place = indexes.join(name);
    if !place.join(manifest::FILE).exists() {
        return Err(Error::NoIndex { folder: place });
    }
    let build = Build::begin(indexes, name)?;
    remove_folder(&build.folder)?;
    // Away at once; what is left where this is killed, the next build of the name clears. The lock file stays: taking
    // it away would let two builds hold a lock of one name.
    fs_err::rename(&place, &build.folder).map_err(|source| Error::Io { path: place, source })?;
    remove_folder(&build.folder)
}

fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs_err::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::Io { path: folder.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
impl Index {
    /// An index of a whole ontology in `folder`, made in the order of the pipeline, for tests of what needs one.
    pub(crate) fn made(
        ontology: &Ontology,
        folder: &Path,
        spec: &str,
        beside: Option<&dyn Embedder>,
        graph: Option<GraphParameters>,
    ) -> Self {
        use super::ENCODER_TABLE;
        use crate::embed::training::{Options, train};
        let build = Build::begin(folder, ontology.name()).unwrap();
        let selection = Selection::default();
        let names = build.names(ontology, &selection).unwrap();
        let table = build.folder().join(ENCODER_TABLE);
        let texts = names.forms_of_concepts(&std::collections::BTreeSet::new());
        train(&texts, &Options::default(), &table, &|_, _| {}).unwrap();
        drop(texts);
        let words = NgramEmbedder::open(&table).unwrap();
        let unsealed = build.search(names, &words, &words, beside, graph, &|_, _, _| {}).unwrap();
        let description = Description {
            version: None,
            source: Provenance::default(),
            encoder: spec.parse().unwrap(),
            pooling: Some(Pooling::Cls),
            training: None,
            trained_with: Vec::new(),
            added_names: Vec::new(),
            simulated_mentions: None,
        };
        unsealed.seal(description, ontology, &selection).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_no_index_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("x")).unwrap();
        fs_err::write(folder.path().join("x/thesis.txt"), "years of work").unwrap();
        assert!(matches!(Build::begin(folder.path(), "x"), Err(Error::NotAnIndex { .. })));
        assert!(folder.path().join("x/thesis.txt").exists());
    }

    #[test]
    fn one_name_is_built_once_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Build::begin(folder.path(), "x").unwrap();
        assert!(matches!(Build::begin(folder.path(), "x"), Err(Error::Busy { .. })));
        drop(first);
        assert!(Build::begin(folder.path(), "x").is_ok());
    }
}
