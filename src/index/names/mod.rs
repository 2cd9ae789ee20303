//! The names of an ontology as arrays: which name belongs to which concept, and which names have one normal form.
//!
//! Three kinds of rows, each known by its position: *concepts* (live ones, sorted by identifier), their *names*, and
//! the distinct *forms* of those names. What is searched (words, n-grams, vectors) is a form; what is answered is a
//! concept; the names in between say why.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

mod part;
mod selection;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::Error;
use crate::arrays::{self, Array, Arrays, Strings};
use crate::ontology::{Concept, Curie, Draft, Ontology, Scope, xref};
pub use part::{Part, Subset};
pub use selection::Selection;

/// What an identifier leads to in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A live concept.
    Live(Concept),
    /// An identifier that was merged into this concept.
    Merged(Concept),
    /// A retired concept; its retirement says where to go.
    Retired(Concept),
}

/// The opened arrays.
pub struct Names {
    concept_id: Strings,
    concept_label: Strings,
    concept_first_name: Array<u32>,
    concept_first_parent: Array<u32>,
    concept_parent: Array<u32>,
    concept_namespace: Array<u32>,
    concept_below: Array<u32>,
    namespace: Strings,
    concept_first_subset: Array<u32>,
    concept_subset: Array<u32>,
    subset: Strings,
    xref: Strings,
    xref_first_concept: Array<u32>,
    xref_concept: Array<u32>,
    name_text: Strings,
    name_concept: Array<u32>,
    name_scope: Array<u8>,
    name_kind: Array<u32>,
    kind: Strings,
    name_language: Array<u32>,
    language: Strings,
    name_form: Array<u32>,
    form: Strings,
    form_first_name: Array<u32>,
    form_name: Array<u32>,
    form_hash: Array<u64>,
    form_of_hash: Array<u32>,
    key_hash: Array<u64>,
    form_of_key: Array<u32>,
    record_id: Strings,
    record_offset: Array<u64>,
    alternative_id: Strings,
    alternative_record: Array<u32>,
    records: Arc<Mmap>,
    place: PathBuf,
}

const ARRAYS: &str = "names.safetensors";
const RECORDS: &str = "concepts.jsonl";

impl Names {
    /// Opens what [`Names::write`] wrote.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let opened = Arrays::open(&folder.join(ARRAYS))?;
        Ok(Self {
            concept_id: opened.strings("concept_id")?,
            concept_label: opened.strings("concept_label")?,
            concept_first_name: opened.numbers("concept_first_name")?,
            concept_first_parent: opened.numbers("concept_first_parent")?,
            concept_parent: opened.numbers("concept_parent")?,
            concept_namespace: opened.numbers("concept_namespace")?,
            concept_below: opened.numbers("concept_below")?,
            namespace: opened.strings("namespace")?,
            concept_first_subset: opened.numbers("concept_first_subset")?,
            concept_subset: opened.numbers("concept_subset")?,
            subset: opened.strings("subset")?,
            xref: opened.strings("xref")?,
            xref_first_concept: opened.numbers("xref_first_concept")?,
            xref_concept: opened.numbers("xref_concept")?,
            name_text: opened.strings("name_text")?,
            name_concept: opened.numbers("name_concept")?,
            name_scope: opened.numbers("name_scope")?,
            name_kind: opened.numbers("name_kind")?,
            kind: opened.strings("kind")?,
            name_language: opened.numbers("name_language")?,
            language: opened.strings("language")?,
            name_form: opened.numbers("name_form")?,
            form: opened.strings("form")?,
            form_first_name: opened.numbers("form_first_name")?,
            form_name: opened.numbers("form_name")?,
            form_hash: opened.numbers("form_hash")?,
            form_of_hash: opened.numbers("form_of_hash")?,
            key_hash: opened.numbers("key_hash")?,
            form_of_key: opened.numbers("form_of_key")?,
            record_id: opened.strings("record_id")?,
            record_offset: opened.numbers("record_offset")?,
            alternative_id: opened.strings("alternative_id")?,
            alternative_record: opened.numbers("alternative_record")?,
            records: arrays::map(&folder.join(RECORDS))?,
            place: folder.join(RECORDS),
        })
    }

    /// Live concepts.
    pub fn concepts(&self) -> usize {
        self.concept_id.len()
    }

    /// Names of live concepts.
    pub fn names(&self) -> usize {
        self.name_text.len()
    }

    /// Distinct normal forms of those names.
    pub fn forms(&self) -> usize {
        self.form.len()
    }

    /// A normal form.
    pub fn form(&self, form: u32) -> &str {
        self.form.get(form as usize)
    }

    /// All normal forms, in order.
    pub fn all_forms(&self) -> impl ExactSizeIterator<Item = &str> {
        self.form.iter()
    }

    /// The distinct normal forms of each concept's names, but for those in `without`.
    pub fn forms_of_concepts(&self, without: &BTreeSet<u32>) -> Vec<Vec<&str>> {
        let forms = |concept| {
            let forms: BTreeSet<u32> = self.names_of(concept).map(|name| self.form_of_name(name)).collect();
            forms.difference(without).map(|&form| self.form(form)).collect()
        };
        (0..self.concepts() as u32).map(forms).collect()
    }

    /// The names that have this normal form.
    pub fn names_of_form(&self, form: u32) -> &[u32] {
        let form = form as usize;
        &self.form_name[self.form_first_name[form] as usize..self.form_first_name[form + 1] as usize]
    }

    /// The form that is `normal_form`, if a name has it.
    pub fn form_of(&self, normal_form: &str) -> Option<u32> {
        equal_range(&self.form_hash, hash(normal_form))
            .map(|at| self.form_of_hash[at])
            .find(|&form| self.form(form) == normal_form)
    }

    /// The forms whose [`key`](crate::text::key) is `key`, smallest first.
    pub fn forms_of_key(&self, key: &str) -> impl Iterator<Item = u32> {
        equal_range(&self.key_hash, hash(key)).map(|at| self.form_of_key[at])
    }

    /// The text of a name as the ontology writes it.
    pub fn text(&self, name: u32) -> &str {
        self.name_text.get(name as usize)
    }

    /// The concept a name belongs to.
    pub fn concept_of(&self, name: u32) -> u32 {
        self.name_concept[name as usize]
    }

    /// The normal form of a name.
    pub fn form_of_name(&self, name: u32) -> u32 {
        self.name_form[name as usize]
    }

    /// The scope of a name.
    pub fn scope(&self, name: u32) -> Scope {
        Scope::ALL[usize::from(self.name_scope[name as usize]).min(Scope::ALL.len() - 1)]
    }

    /// The synonym type of a name.
    pub fn kind(&self, name: u32) -> Option<&str> {
        Some(self.kind.get(self.name_kind[name as usize] as usize)).filter(|kind| !kind.is_empty())
    }

    /// The language a name is tagged with.
    pub fn language(&self, name: u32) -> Option<&str> {
        Some(self.language.get(self.name_language[name as usize] as usize)).filter(|language| !language.is_empty())
    }

    /// The live concepts that have a cross-reference to `id`, in any spelling of its prefix that [`xref::key`] knows.
    pub fn concepts_of_xref(&self, id: &str) -> &[u32] {
        let at = xref::keys(id).find_map(|key| self.xref.binary_search(&key));
        at.map_or(&[], |at| {
            &self.xref_concept[self.xref_first_concept[at] as usize..self.xref_first_concept[at + 1] as usize]
        })
    }

    /// The vocabularies that concepts refer to, each with how many of its identifiers occur.
    pub fn vocabularies(&self) -> BTreeMap<String, usize> {
        xref::counts(self.xref.iter())
    }

    /// The subsets a concept is in.
    pub fn subsets_of(&self, concept: u32) -> impl Iterator<Item = &str> {
        let concept = concept as usize;
        let of = self.concept_first_subset[concept] as usize..self.concept_first_subset[concept + 1] as usize;
        self.concept_subset[of].iter().map(|&subset| self.subset.get(subset as usize))
    }

    /// The namespace of a concept.
    pub fn namespace(&self, concept: u32) -> Option<&str> {
        let namespace = self.namespace.get(self.concept_namespace[concept as usize] as usize);
        Some(namespace).filter(|namespace| !namespace.is_empty())
    }

    /// The subsets that occur, sorted.
    pub fn subsets(&self) -> impl Iterator<Item = &str> {
        self.subset.iter()
    }

    /// The subsets that occur, each with how many concepts are in it.
    pub fn subset_sizes(&self) -> BTreeMap<String, usize> {
        let mut sizes = vec![0; self.subset.len()];
        for &subset in self.concept_subset.iter() {
            sizes[subset as usize] += 1;
        }
        self.subsets().map(str::to_owned).zip(sizes).collect()
    }

    /// The names of a concept.
    pub fn names_of(&self, concept: u32) -> std::ops::Range<u32> {
        self.concept_first_name[concept as usize]..self.concept_first_name[concept as usize + 1]
    }

    /// The identifier of a concept.
    pub fn id(&self, concept: u32) -> &str {
        self.concept_id.get(concept as usize)
    }

    /// The live concept of an identifier.
    pub fn position(&self, id: &Curie) -> Option<u32> {
        self.concept_id.binary_search(id.as_str()).map(|concept| concept as u32)
    }

    /// The prefixes of its concepts' identifiers, sorted.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let prefix =
                (next < self.concepts()).then(|| self.id(next as u32).split(':').next().unwrap_or_default())?;
            let has_prefix = |id: &str| id.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(':'));
            // Identifiers of one prefix stand together, as they are sorted.
            let (mut low, mut high) = (next, self.concepts());
            while low < high {
                let middle = low.midpoint(high);
                let id = self.id(middle as u32);
                if has_prefix(id) { low = middle + 1 } else { high = middle }
            }
            next = low.max(next + 1);
            Some(prefix)
        })
    }

    /// The label of a concept.
    pub fn label(&self, concept: u32) -> &str {
        self.concept_label.get(concept as usize)
    }

    /// The parents of a concept that are in the index.
    pub fn parents(&self, concept: u32) -> &[u32] {
        let concept = concept as usize;
        &self.concept_parent
            [self.concept_first_parent[concept] as usize..self.concept_first_parent[concept + 1] as usize]
    }

    /// How many concepts are below a concept, itself left out.
    pub fn below(&self, concept: u32) -> u32 {
        self.concept_below[concept as usize]
    }

    /// The synonym types that occur, sorted.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kind.iter().filter(|kind| !kind.is_empty())
    }

    /// The namespaces that occur, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespace.iter().filter(|namespace| !namespace.is_empty())
    }

    /// Everything the ontology says about `id`, retired or merged ones included.
    ///
    /// # Errors
    /// Where the record cannot be read.
    pub fn find(&self, id: &Curie) -> Result<Option<Found>, Error> {
        if let Some(record) = self.record_id.binary_search(id.as_str()) {
            let concept = self.record(record)?;
            return Ok(Some(if concept.is_retired() { Found::Retired(concept) } else { Found::Live(concept) }));
        }
        self.alternative_id
            .binary_search(id.as_str())
            .map(|at| self.record(self.alternative_record[at] as usize).map(Found::Merged))
            .transpose()
    }

    /// The ontology it was made from, whole: retired concepts, and names and concepts that are not indexed, too.
    pub(super) fn ontology(&self, name: &str, version: Option<&str>) -> Result<Ontology, Error> {
        let concepts: Result<_, Error> =
            (0..self.record_id.len()).map(|record| Ok((record + 1, self.record(record)?))).collect();
        let draft = Draft { version: version.map(str::to_owned), concepts: concepts?, ..Draft::default() };
        let place = self.place.display().to_string();
        Ontology::assemble(draft, name, &place).map_err(|_| Error::Inconsistent { path: self.place.clone() })
    }

    fn record(&self, record: usize) -> Result<Concept, Error> {
        let at = |end: u64| usize::try_from(end).unwrap_or(usize::MAX);
        let line = self.records.get(at(self.record_offset[record])..at(self.record_offset[record + 1]));
        let line = line.ok_or_else(|| Error::Inconsistent { path: self.place.clone() })?;
        serde_json::from_slice(line).map_err(|source| Error::Record { path: self.place.clone(), source })
    }
}

/// 64 bits of a text, the same on every machine.
fn hash(text: &str) -> u64 {
    let digest = blake3::hash(text.as_bytes());
    u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes"))
}

/// Where `wanted` stands in sorted `values`.
fn equal_range(values: &[u64], wanted: u64) -> std::ops::Range<usize> {
    let start = values.partition_point(|&value| value < wanted);
    start..start + values[start..].iter().take_while(|&&value| value == wanted).count()
}

#[cfg(test)]
mod tests;
