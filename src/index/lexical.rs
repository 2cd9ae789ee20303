//! BM25 over the words of the forms and over their character trigrams (tantivy; no other file names it).

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::collector::{FilterCollector, TopDocs};
use tantivy::columnar::Column;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::indexer::NoMergePolicy;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

use super::{Error, Hit, Names, Subset};
use crate::text;

/// Length of the character n-grams.
const GRAM: usize = 3;

/// Grams asked for: the rarest of the mention's, since each common one costs a long posting list and says little.
const GRAMS_ASKED: usize = 15;

/// Memory the writer may fill before it writes a segment, in bytes.
const WRITER_MEMORY: usize = 512 << 20;

/// The opened index.
pub struct LexicalIndex {
    searcher: Searcher,
    columns: Vec<Column<u64>>,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    form: Field,
    words: Field,
    grams: Field,
}

/// What the search engine says of a failure.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineError(TantivyError);

impl From<TantivyError> for Error {
    fn from(error: TantivyError) -> Self {
        Self::Lexical(EngineError(error))
    }
}

fn schema() -> (Schema, Fields) {
    // The texts come cut into terms separated by spaces, so no tokenizer of our own has to be registered.
    let indexing = |record| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(record).set_fieldnorms(true),
        )
    };
    let mut schema = Schema::builder();
    let form = schema.add_u64_field("form", FAST);
    let words = schema.add_text_field("words", indexing(IndexRecordOption::WithFreqs));
    let grams = schema.add_text_field("grams", indexing(IndexRecordOption::WithFreqs));
    (schema.build(), Fields { form, words, grams })
}

/// The trigrams of a form as terms: a space inside one is written `_`.
fn grams(form: &str) -> Vec<String> {
    let framed = format!(" {form} ");
    text::grams(&framed, GRAM).into_iter().map(|gram| gram.replace(' ', "_")).collect()
}

impl LexicalIndex {
    /// Writes one document a form into `folder` and opens it. `progress` is told how many forms are done.
    pub(super) fn build(names: &Names, folder: &Path, progress: &dyn Fn(usize)) -> Result<Self, Error> {
        fs_err::create_dir_all(folder).map_err(|source| Error::Io { path: folder.to_owned(), source })?;
        let (schema, fields) = schema();
        let index = Index::create_in_dir(folder, schema)?;
        // One thread, so that the same names give the same segments.
        let mut writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for (position, form) in names.all_forms().enumerate() {
            let mut document = TantivyDocument::new();
            document.add_u64(fields.form, position as u64);
            document.add_text(fields.words, text::stems(form).join(" "));
            document.add_text(fields.grams, grams(form).join(" "));
            writer.add_document(document)?;
            if position % 1024 == 0 {
                progress(position);
            }
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Self::open(folder)
    }

    /// Opens the index in `folder`; writes nothing there.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let directory = ReadOnly(MmapDirectory::open(folder).map_err(TantivyError::from)?);
        let index = Index::open(directory)?;
        let schema = index.schema();
        let fields = Fields {
            form: schema.get_field("form")?,
            words: schema.get_field("words")?,
            grams: schema.get_field("grams")?,
        };
        let searcher = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?.searcher();
        let columns = searcher
            .segment_readers()
            .iter()
            .map(|segment| segment.fast_fields().u64("form"))
            .collect::<Result<_, _>>()?;
        Ok(Self { searcher, columns, fields })
    }

    /// The `limit` forms with the highest BM25 score for the words and grams of `form`, best first, ties by position.
    pub fn search(&self, form: &str, limit: usize, subset: Option<&Arc<Subset>>) -> Result<Vec<Hit>, Error> {
        let words =
            text::stems(form).iter().map(|stem| Term::from_field_text(self.fields.words, stem)).collect::<Vec<_>>();
        let terms: Vec<Term> = words.into_iter().chain(self.rarest(grams(form))?).collect();
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let query = BooleanQuery::new(terms.into_iter().map(|term| (Occur::Should, term_query(term))).collect());
        let top = TopDocs::with_limit(limit).order_by_score();
        let found = match subset {
            None => self.searcher.search(&query, &top)?,
            Some(subset) => {
                let subset = Arc::clone(subset);
                let inside = move |form: u64| subset.has_form(form as u32);
                self.searcher.search(&query, &FilterCollector::new("form".to_owned(), inside, top))?
            }
        };
        let mut hits: Vec<Hit> = found
            .into_iter()
            .filter_map(|(score, address)| {
                let form = self.columns[address.segment_ord as usize].first(address.doc_id)?;
                Some(Hit { form: form as u32, score })
            })
            .collect();
        hits.sort_by(Hit::best_first);
        Ok(hits)
    }

    /// The rarest of the grams that occur at all, as terms; a gram that repeats counts once.
    fn rarest(&self, mut grams: Vec<String>) -> Result<Vec<Term>, Error> {
        grams.sort_unstable();
        grams.dedup();
        let mut counted = Vec::with_capacity(grams.len());
        for gram in grams {
            let term = Term::from_field_text(self.fields.grams, &gram);
            let count = self.searcher.doc_freq(&term)?;
            if count > 0 {
                counted.push((count, term));
            }
        }
        counted.sort_by(|left, right| left.0.cmp(&right.0).then_with(|| left.1.cmp(&right.1)));
        counted.truncate(GRAMS_ASKED);
        Ok(counted.into_iter().map(|(_, term)| term).collect())
    }
}

fn term_query(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

/// A folder that is only read: tantivy would put a lock file into it, and an index may lie where nobody may write.
#[derive(Debug, Clone)]
struct ReadOnly(MmapDirectory);

fn read_only() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem)
}

impl Directory for ReadOnly {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.0.get_file_handle(path)
    }
    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only()), filepath: path.to_owned() })
    }
    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.0.exists(path)
    }
    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), PathBuf::from(path)))
    }
    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.0.atomic_read(path)
    }
    fn atomic_write(&self, _: &Path, _: &[u8]) -> std::io::Result<()> {
        Err(read_only())
    }
    fn sync_directory(&self) -> std::io::Result<()> {
        Ok(())
    }
    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }
    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Selection;
    use super::*;
    use crate::index::Part;
    use crate::ontology::{Curie, Ontology, obo};

    fn index() -> (tempfile::TempDir, Names, LexicalIndex) {
        let folder = tempfile::tempdir().unwrap();
        let text = "[Term]\nid: X:1\nname: Febrile seizure\n\n[Term]\nid: X:2\nname: Seizure\n\n\
                    [Term]\nid: X:3\nname: Hand tremor\n\n[Term]\nid: X:4\nname: Tremor of the hand\n";
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
        let names = Names::write(&ontology, &Selection::default(), folder.path()).unwrap();
        let index = LexicalIndex::build(&names, &folder.path().join("lexical"), &|_| {}).unwrap();
        (folder, names, index)
    }

    fn found(index: &LexicalIndex, names: &Names, form: &str) -> Vec<String> {
        index.search(form, 10, None).unwrap().iter().map(|hit| names.form(hit.form).to_owned()).collect()
    }

    #[test]
    fn the_name_with_the_mentions_words_and_no_others_comes_first() {
        let (_folder, names, index) = index();
        assert_eq!(found(&index, &names, "seizures")[0], "seizure");
        assert_eq!(found(&index, &names, "febrile seizures")[0], "febrile seizure");
    }

    #[test]
    fn a_typing_error_is_found_by_its_trigrams() {
        let (_folder, names, index) = index();
        assert_eq!(found(&index, &names, "febrille seizurre")[0], "febrile seizure");
    }

    #[test]
    fn what_shares_nothing_or_is_not_wanted_is_not_found() {
        let (_folder, names, index) = index();
        assert!(found(&index, &names, "xyzzy").is_empty());
        assert!(index.search("seizure", 0, None).unwrap().is_empty());
    }

    #[test]
    fn a_subset_limits_what_is_found() {
        let (_folder, names, index) = index();
        let subset =
            Arc::new(names.subset(Part { under: Some(&Curie::parse("X:1").unwrap()), ..Part::default() }).unwrap());
        let hits = index.search("seizure", 10, Some(&subset)).unwrap();
        assert_eq!(hits.iter().map(|hit| names.form(hit.form)).collect::<Vec<_>>(), ["febrile seizure"]);
    }
}
