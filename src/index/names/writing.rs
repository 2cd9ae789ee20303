//! Writes the names of an ontology as arrays, and its concepts as records.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write as _;
use std::path::Path;

use super::{ARRAYS, Names, RECORDS, Selection, hash};
use crate::arrays::Writer;
use crate::index::Error;
use crate::ontology::{Concept, Curie, Ontology, xref};
use crate::text;

impl Names {
    /// Writes the selected part of `ontology` into `folder` and opens it.
    pub(in crate::index) fn write(ontology: &Ontology, selection: &Selection, folder: &Path) -> Result<Self, Error> {
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
