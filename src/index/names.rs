//! The names of an ontology as arrays: which name belongs to which concept, and which names have one normal form.
//!
//! Three kinds of rows, each known by its position: *concepts* (live ones, sorted by identifier), their *names*, and
//! the distinct *forms* of those names. What is searched (words, n-grams, vectors) is a form; what is answered is a
//! concept; the names in between say why.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::Error;
use crate::arrays::{self, Array, Arrays, Strings, Writer};
use crate::ontology::{Concept, Curie, Draft, Ontology, Scope, species, xref};
use crate::text;

/// Which part of an ontology is indexed.
#[derive(Debug, Default)]
pub struct Selection {
    /// Only this concept and what is below it.
    pub under: Option<Curie>,
    /// Only what is in one of these subsets, where any is given.
    pub subsets: Vec<String>,
    /// Only these concepts.
    pub only: Option<BTreeSet<Curie>>,
    /// Names left out: identifier, and text trimmed and in lower case (see [`Selection::exclude`]).
    excluded: HashSet<(Curie, String)>,
}

impl Selection {
    /// Leaves the name `text` of `id` out, compared trimmed and without regard to case.
    pub fn exclude(&mut self, id: Curie, text: &str) {
        self.excluded.insert((id, text.trim().to_lowercase()));
    }

    /// How many (identifier, name) pairs are left out.
    pub fn excluded(&self) -> usize {
        self.excluded.len()
    }

    fn keeps(&self, id: &Curie, text: &str) -> bool {
        self.excluded.is_empty() || !self.excluded.contains(&(id.clone(), text.to_lowercase()))
    }

    /// The live concepts that are indexed.
    fn concepts<'a>(&self, ontology: &'a Ontology) -> Result<Vec<&'a Concept>, Error> {
        let below = match &self.under {
            None => None,
            Some(root) => {
                let below: HashSet<usize> = ontology.descendants(root).into_iter().collect();
                if below.is_empty() {
                    return Err(Error::UnknownConcept { id: root.clone() });
                }
                Some(below)
            }
        };
        let known: BTreeSet<&str> = if self.subsets.is_empty() {
            BTreeSet::new()
        } else {
            ontology.live().flat_map(Concept::subset_names).collect()
        };
        if let Some(unknown) = self.subsets.iter().find(|subset| !known.contains(subset.as_str())) {
            let known = known.into_iter().map(str::to_owned).collect();
            return Err(Error::UnknownSubset { subset: unknown.clone(), known });
        }
        let is_inside = |position: usize, concept: &'a Concept| {
            below.as_ref().is_none_or(|below| below.contains(&position))
                && self.only.as_ref().is_none_or(|only| only.contains(&concept.id))
                && (self.subsets.is_empty()
                    || concept.subset_names().any(|subset| self.subsets.iter().any(|wanted| wanted == subset)))
        };
        let concepts = ontology.concepts().iter().enumerate();
        let concepts = concepts.filter(|(position, concept)| !concept.is_retired() && is_inside(*position, concept));
        let concepts: Vec<&Concept> = concepts.map(|(_, concept)| concept).collect();
        let is_limited = below.is_some() || self.only.is_some() || !self.subsets.is_empty();
        if is_limited && concepts.is_empty() { Err(Error::NoConcepts) } else { Ok(concepts) }
    }
}

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

/// Which part of an index is meant; whatever is `None` does not limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part<'a> {
    /// This concept and what is below it.
    pub under: Option<&'a Curie>,
    /// This namespace.
    pub namespace: Option<&'a str>,
    /// This subset (`slim`) of the ontology.
    pub subset: Option<&'a str>,
}

/// The concepts a query is limited to, and the forms that name one of them.
#[derive(Debug)]
pub struct Subset {
    concepts: Vec<bool>,
    forms: Vec<bool>,
}

impl Subset {
    /// Whether the concept is inside.
    pub fn has_concept(&self, concept: u32) -> bool {
        self.concepts[concept as usize]
    }

    /// Whether the form names a concept inside.
    pub fn has_form(&self, form: u32) -> bool {
        self.forms[form as usize]
    }

    /// How many concepts are inside.
    #[cfg(test)]
    fn concepts(&self) -> usize {
        self.concepts.iter().filter(|&&inside| inside).count()
    }
}

const ARRAYS: &str = "names.safetensors";
const RECORDS: &str = "concepts.jsonl";

impl Names {
    /// Writes the selected part of `ontology` into `folder` and opens it.
    pub(super) fn write(ontology: &Ontology, selection: &Selection, folder: &Path) -> Result<Self, Error> {
        let concepts = selection.concepts(ontology)?;
        let names = ontology.concepts().iter().map(|concept| concept.names.len().max(1)).sum();
        if u32::try_from(names).is_err() {
            return Err(Error::TooMany { names });
        }
        let mut writer = Writer::default();
        write_records(ontology, folder, &mut writer)?;
        write_concepts(&concepts, &mut writer);
        write_names(&concepts, selection, &mut writer);
        writer.write(&folder.join(ARRAYS))?;
        Self::open(folder)
    }

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

    /// The forms whose [`text::key`] is `key`, smallest first.
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

    /// The concepts of a part of the index.
    ///
    /// # Errors
    /// Where the index has no such concept, namespace or subset.
    pub fn subset(&self, part: Part<'_>) -> Result<Subset, Error> {
        let mut concepts = vec![true; self.concepts()];
        if let Some(root) = part.under {
            let start = self.concept_id.binary_search(root.as_str());
            let start = start.ok_or_else(|| Error::UnknownConcept { id: root.clone() })?;
            concepts = self.inside(start);
        }
        if let Some(wanted) = part.namespace {
            let position = self.namespace.iter().position(|namespace| namespace == wanted && !wanted.is_empty());
            let position = position.ok_or_else(|| self.unknown_namespace(wanted))?;
            for (inside, &namespace) in concepts.iter_mut().zip(self.concept_namespace.iter()) {
                *inside &= namespace as usize == position;
            }
        }
        if let Some(wanted) = part.subset {
            let position = self.subset.iter().position(|subset| subset == wanted);
            let position = position.ok_or_else(|| Error::UnknownSubset {
                subset: wanted.to_owned(),
                known: self.subsets().map(str::to_owned).collect(),
            })?;
            for (concept, inside) in concepts.iter_mut().enumerate() {
                let of = self.concept_first_subset[concept] as usize..self.concept_first_subset[concept + 1] as usize;
                *inside &= self.concept_subset[of].iter().any(|&subset| subset as usize == position);
            }
        }
        let mut forms = vec![false; self.forms()];
        for (&form, &concept) in self.name_form.iter().zip(self.name_concept.iter()) {
            forms[form as usize] |= concepts[concept as usize];
        }
        Ok(Subset { concepts, forms })
    }

    fn unknown_namespace(&self, wanted: &str) -> Error {
        let (namespace, known) = (wanted.to_owned(), self.namespaces().map(str::to_owned));
        if species::is_namespace(wanted) {
            let known = known.filter(|namespace| species::is_namespace(namespace)).collect();
            return Error::UnknownSpecies { namespace, known };
        }
        Error::UnknownNamespace { namespace, known: known.collect() }
    }

    fn inside(&self, root: usize) -> Vec<bool> {
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.concepts()];
        for concept in 0..self.concepts() as u32 {
            for &parent in self.parents(concept) {
                children[parent as usize].push(concept);
            }
        }
        let mut inside = vec![false; self.concepts()];
        inside[root] = true;
        let mut open = vec![root];
        while let Some(concept) = open.pop() {
            for &child in &children[concept] {
                if !std::mem::replace(&mut inside[child as usize], true) {
                    open.push(child as usize);
                }
            }
        }
        inside
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

/// Every concept, retired ones too, as a line of JSON; the arrays say where each line starts.
fn write_records(ontology: &Ontology, folder: &Path, writer: &mut Writer) -> Result<(), Error> {
    let path = folder.join(RECORDS);
    let io = |source| Error::Io { path: path.clone(), source };
    let mut file = std::io::BufWriter::new(fs_err::File::create(&path).map_err(io)?);
    let mut offsets = vec![0_u64];
    let mut end = 0;
    let mut alternatives = BTreeMap::new();
    for (position, concept) in ontology.concepts().iter().enumerate() {
        let mut line = serde_json::to_vec(concept).map_err(|source| Error::Record { path: path.clone(), source })?;
        line.push(b'\n');
        file.write_all(&line).map_err(io)?;
        end += line.len() as u64;
        offsets.push(end);
        for id in &concept.alternative_ids {
            alternatives.entry(id.as_str()).or_insert(position as u32);
        }
    }
    file.flush().map_err(io)?;
    writer.strings("record_id", ontology.concepts().iter().map(|concept| concept.id.as_str()));
    writer.numbers("record_offset", &offsets);
    writer.strings("alternative_id", alternatives.keys().copied());
    writer.numbers("alternative_record", &alternatives.values().copied().collect::<Vec<_>>());
    Ok(())
}

fn write_concepts(concepts: &[&Concept], writer: &mut Writer) {
    let position: HashMap<&Curie, u32> =
        concepts.iter().enumerate().map(|(at, concept)| (&concept.id, at as u32)).collect();
    let namespaces = vocabulary(concepts.iter().filter_map(|concept| concept.namespace.as_deref()));
    let (mut first_parent, mut parents) = (vec![0_u32], Vec::<u32>::new());
    for concept in concepts {
        parents.extend(concept.parents.iter().filter_map(|parent| position.get(parent)));
        first_parent.push(parents.len() as u32);
    }
    let mut below = vec![0_u32; concepts.len()];
    for concept in 0..concepts.len() {
        let mut above: BTreeSet<u32> = BTreeSet::new();
        let mut open = vec![concept];
        while let Some(concept) = open.pop() {
            for &parent in &parents[first_parent[concept] as usize..first_parent[concept + 1] as usize] {
                if above.insert(parent) {
                    open.push(parent as usize);
                }
            }
        }
        for concept in above {
            below[concept as usize] += 1;
        }
    }
    let namespace_of = |concept: &&Concept| namespaces[concept.namespace.as_deref().unwrap_or_default()];
    writer.strings("concept_id", concepts.iter().map(|concept| concept.id.as_str()));
    writer.strings("concept_label", concepts.iter().map(|concept| concept.label()));
    writer.numbers("concept_first_parent", &first_parent);
    writer.numbers("concept_parent", &parents);
    writer.numbers("concept_below", &below);
    writer.numbers("concept_namespace", &concepts.iter().map(namespace_of).collect::<Vec<_>>());
    writer.strings("namespace", namespaces.keys().copied());
    write_subsets(concepts, writer);
    write_xrefs(concepts, writer);
}

fn write_subsets(concepts: &[&Concept], writer: &mut Writer) {
    let subsets: BTreeSet<&str> = concepts.iter().flat_map(|concept| concept.subset_names()).collect();
    let numbers: BTreeMap<&str, u32> = subsets.into_iter().zip(0..).collect();
    let (mut first, mut all) = (vec![0_u32], Vec::new());
    for concept in concepts {
        all.extend(concept.subset_names().map(|subset| numbers[subset]));
        first.push(all.len() as u32);
    }
    writer.strings("subset", numbers.keys().copied());
    writer.numbers("concept_first_subset", &first);
    writer.numbers("concept_subset", &all);
}

fn write_xrefs(concepts: &[&Concept], writer: &mut Writer) {
    let concepts_of = xref::referring((0_u32..).zip(concepts.iter().copied()));
    let (mut first, mut all) = (vec![0_u32], Vec::<u32>::new());
    for concepts in concepts_of.values() {
        all.extend_from_slice(concepts);
        first.push(all.len() as u32);
    }
    writer.strings("xref", concepts_of.keys().map(String::as_str));
    writer.numbers("xref_first_concept", &first);
    writer.numbers("xref_concept", &all);
}

fn write_names(concepts: &[&Concept], selection: &Selection, writer: &mut Writer) {
    let kinds = vocabulary(concepts.iter().flat_map(|concept| &concept.names).filter_map(|name| name.kind.as_deref()));
    let languages =
        vocabulary(concepts.iter().flat_map(|concept| &concept.names).filter_map(|name| name.language.as_deref()));
    let mut first_name = vec![0_u32];
    let (mut texts, mut owners, mut scopes, mut name_kinds, mut name_languages, mut forms_of_names) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    let mut forms: Vec<String> = Vec::new();
    let mut known: HashMap<String, u32> = HashMap::new();
    for (owner, concept) in concepts.iter().enumerate() {
        for name in concept.names.iter().filter(|name| selection.keeps(&concept.id, &name.text)) {
            let form = text::normal_form(&name.text);
            let form = *known.entry(form).or_insert_with_key(|form| {
                forms.push(form.clone());
                forms.len() as u32 - 1
            });
            texts.push(name.text.as_str());
            owners.push(owner as u32);
            scopes.push(name.scope as u8);
            name_kinds.push(kinds[name.kind.as_deref().unwrap_or_default()]);
            name_languages.push(languages[name.language.as_deref().unwrap_or_default()]);
            forms_of_names.push(form);
        }
        first_name.push(texts.len() as u32);
    }

    let mut names_of_forms: Vec<Vec<u32>> = vec![Vec::new(); forms.len()];
    for (name, &form) in forms_of_names.iter().enumerate() {
        names_of_forms[form as usize].push(name as u32);
    }
    let mut form_first_name = vec![0_u32];
    for names in &names_of_forms {
        form_first_name.push(form_first_name[form_first_name.len() - 1] + names.len() as u32);
    }
    let hashed = |of: &dyn Fn(&str) -> u64| {
        let mut pairs: Vec<(u64, u32)> = forms.iter().enumerate().map(|(at, form)| (of(form), at as u32)).collect();
        pairs.sort_unstable();
        pairs.into_iter().unzip::<u64, u32, Vec<_>, Vec<_>>()
    };
    let (form_hash, form_of_hash) = hashed(&|form| hash(form));
    let (key_hash, form_of_key) = hashed(&|form| hash(&text::key(form)));

    writer.numbers("concept_first_name", &first_name);
    writer.strings("name_text", texts);
    writer.numbers("name_concept", &owners);
    writer.numbers("name_scope", &scopes);
    writer.numbers("name_kind", &name_kinds);
    writer.strings("kind", kinds.keys().copied());
    writer.numbers("name_language", &name_languages);
    writer.strings("language", languages.keys().copied());
    writer.numbers("name_form", &forms_of_names);
    writer.strings("form", forms.iter().map(String::as_str));
    writer.numbers("form_first_name", &form_first_name);
    writer.numbers("form_name", &names_of_forms.concat());
    writer.numbers("form_hash", &form_hash);
    writer.numbers("form_of_hash", &form_of_hash);
    writer.numbers("key_hash", &key_hash);
    writer.numbers("form_of_key", &form_of_key);
}

/// The distinct words, sorted and numbered; the empty one, for "none", is always the first.
fn vocabulary<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u32> {
    let distinct: BTreeSet<&str> = words.chain([""]).collect();
    distinct.into_iter().zip(0..).collect()
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
mod tests {
    use super::*;
    use crate::ontology::{Resolution, obo};

    const ONTOLOGY: &str = "\
[Term]
id: X:1
name: Limb
namespace: body

[Term]
id: X:2
name: Hand
namespace: body
synonym: \"Hands\" EXACT plural_form []
synonym: \"Manus\" RELATED []
alt_id: X:9
is_a: X:1

[Term]
id: X:3
name: hand-
namespace: sign

[Term]
id: X:4
name: obsolete Paw
is_obsolete: true
replaced_by: X:2
";

    fn names(selection: &Selection) -> (tempfile::TempDir, Names) {
        let folder = tempfile::tempdir().unwrap();
        let ontology = Ontology::assemble(obo::read(ONTOLOGY.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
        let names = Names::write(&ontology, selection, folder.path()).unwrap();
        (folder, names)
    }

    fn curie(text: &str) -> Curie {
        Curie::parse(text).unwrap()
    }

    #[test]
    fn names_of_one_normal_form_share_a_form() {
        let (_folder, names) = names(&Selection::default());
        assert_eq!((names.concepts(), names.names(), names.forms()), (3, 5, 4));
        let form = names.form_of("hand").unwrap();
        let owners: Vec<&str> =
            names.names_of_form(form).iter().map(|&name| names.id(names.concept_of(name))).collect();
        assert_eq!(owners, ["X:2", "X:3"]);
        assert_eq!(names.forms_of_key(&text::key("hands")).count(), 2);
        assert_eq!(names.form_of("paw"), None);
    }

    #[test]
    fn a_name_keeps_its_text_scope_and_kind() {
        let (_folder, names) = names(&Selection::default());
        let form = names.form_of("hands").unwrap();
        let &[name] = names.names_of_form(form) else { panic!("one name") };
        assert_eq!(
            (names.text(name), names.scope(name), names.kind(name)),
            ("Hands", Scope::Exact, Some("plural_form"))
        );
    }

    #[test]
    fn excluded_names_go_by_text_without_case_and_not_by_normal_form() {
        let mut selection = Selection::default();
        selection.exclude(curie("X:2"), " HANDS ");
        let (_folder, names) = names(&selection);
        assert_eq!(names.form_of("hands"), None);
        assert!(names.form_of("hand").is_some());
        assert_eq!(names.label(1), "Hand");
    }

    #[test]
    fn a_subset_holds_what_is_below_the_root_and_in_the_namespace() {
        let (_folder, names) = names(&Selection::default());
        let below = names.subset(Part { under: Some(&curie("X:2")), ..Part::default() }).unwrap();
        assert_eq!(below.concepts(), 1);
        assert!(below.has_form(names.form_of("manus").unwrap()) && !below.has_form(names.form_of("limb").unwrap()));
        assert_eq!(names.subset(Part { namespace: Some("sign"), ..Part::default() }).unwrap().concepts(), 1);
        assert!(matches!(
            names.subset(Part { under: Some(&curie("X:4")), ..Part::default() }),
            Err(Error::UnknownConcept { .. })
        ));
        assert!(matches!(
            names.subset(Part { namespace: Some("soul"), ..Part::default() }),
            Err(Error::UnknownNamespace { .. })
        ));
        let of_mice = names.subset(Part { namespace: Some("NCBITaxon:10090"), ..Part::default() }).unwrap_err();
        let message = "no gene is of the species mouse (NCBITaxon:10090) (no concept here says of which species it is)";
        assert_eq!(of_mice.to_string(), message);
    }

    #[test]
    fn prefixes_are_told_each_once() {
        let of = |ids: &[&str]| {
            let text: String = ids.iter().map(|id| format!("[Term]\nid: {id}\nname: n\n\n")).collect();
            let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
            let folder = tempfile::tempdir().unwrap();
            let names = Names::write(&ontology, &Selection::default(), folder.path()).unwrap();
            names.prefixes().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(of(&["X:1"]), ["X"]);
        assert_eq!(of(&["X:1", "X:2", "XA:1", "X-Y:1", "GO:1", "GO:9", "zz:1"]), ["GO", "X-Y", "X", "XA", "zz"]);
    }

    #[test]
    fn a_concept_knows_how_many_are_below_it() {
        let (_folder, names) = names(&Selection::default());
        assert_eq!((names.below(0), names.below(1)), (1, 0));
    }

    #[test]
    fn only_what_is_under_the_selected_concept_is_indexed() {
        let (_folder, names) = names(&Selection { under: Some(curie("X:2")), ..Selection::default() });
        assert_eq!((names.concepts(), names.id(0)), (1, "X:2"));
    }

    #[test]
    fn the_ontology_comes_back_whole_whatever_is_indexed() {
        let mut selection = Selection { under: Some(curie("X:2")), ..Selection::default() };
        selection.exclude(curie("X:2"), "hands");
        let (_folder, names) = names(&selection);
        let ontology = names.ontology("x", Some("1.0")).unwrap();
        let draft = obo::read(ONTOLOGY.as_bytes(), "x.obo").unwrap();
        assert_eq!(ontology.concepts(), Ontology::assemble(draft, "x", "x.obo").unwrap().concepts());
        assert_eq!((ontology.name(), ontology.version()), ("x", Some("1.0")));
        assert!(matches!(ontology.resolve(&curie("X:9")), Resolution::Merged(concept) if concept.label() == "Hand"));
    }

    #[test]
    fn retired_and_merged_identifiers_are_found_and_say_where_to_go() {
        let (_folder, names) = names(&Selection::default());
        assert!(
            matches!(names.find(&curie("X:9")).unwrap(), Some(Found::Merged(concept)) if concept.id.as_str() == "X:2")
        );
        let Some(Found::Retired(concept)) = names.find(&curie("X:4")).unwrap() else { panic!("retired") };
        assert_eq!(concept.retirement.unwrap().replaced_by, [curie("X:2")]);
        assert_eq!(names.find(&curie("X:77")).unwrap(), None);
    }
}
