//! `--also` and `--map-to`: which identifiers of other vocabularies stand beside an answer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anyhow::bail;

use super::index::count;
use super::output::Output;
use super::searched::Searched;
use crate::ontology::xref::Namespace;

/// The identifiers of other vocabularies that are wanted.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct References {
    /// Add what other vocabularies call the answer, by the ontology's cross-references: `mesh`, `omim`, `orphanet`,
    /// `umls`, `ncit`, `entrez`, `ensembl`, `uniprot`, `symbol` or any prefix that it refers to; several apart by commas
    #[arg(long, visible_alias = "map-to", value_name = "VOCABULARY", value_delimiter = ',')]
    also: Vec<String>,
}

impl References {
    /// Whether any is wanted.
    pub(super) const fn is_any(&self) -> bool {
        !self.also.is_empty()
    }

    /// The vocabularies, each once. One that is unknown to term2id and to all that is searched is refused; what none of them
    /// refers to is said.
    pub(super) fn namespaces(&self, searched: &Searched, output: &Output) -> anyhow::Result<Vec<Namespace>> {
        let mut namespaces: Vec<Namespace> = Vec::new();
        if !self.is_any() {
            return Ok(namespaces);
        }
        let retrievers = searched.all()?;
        let indexes = || retrievers.iter().map(|retriever| retriever.index());
        let mut vocabularies = BTreeMap::new();
        for (vocabulary, number) in indexes().flat_map(|index| index.names().vocabularies()) {
            *vocabularies.entry(vocabulary).or_insert(0) += number;
        }
        let names: Vec<String> = indexes().map(|index| format!("`{}`", index.manifest().name)).collect();
        for word in self.also.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
            let namespace = Namespace::new(word);
            if namespaces.contains(&namespace) {
                continue;
            }
            let is_there = namespace.key_prefix().is_none_or(|prefix| {
                let mut own = indexes().flat_map(|index| index.names().prefixes());
                let is_own = own.any(|own| own.eq_ignore_ascii_case(prefix));
                is_own || vocabularies.keys().any(|vocabulary| vocabulary.eq_ignore_ascii_case(prefix))
            });
            if !is_there && !namespace.is_known() {
                bail!(
                    "`{word}` is no vocabulary that {} refers to (it refers to: {})",
                    names.join(", "),
                    listed(&vocabularies)
                );
            }
            if !is_there {
                output.warn(format_args!(
                    "{} has no cross-reference to `{word}` (it refers to: {})",
                    names.join(", "),
                    listed(&vocabularies)
                ));
            }
            namespaces.push(namespace);
        }
        Ok(namespaces)
    }
}

/// How many of them are listed.
const SHOWN: usize = 20;

/// Vocabularies with the number of their identifiers, the largest first: `UMLS 21,658, DOID 11,819`.
pub(super) fn listed(vocabularies: &BTreeMap<String, usize>) -> String {
    let mut sorted: Vec<(&String, &usize)> = vocabularies.iter().collect();
    sorted.sort_by_key(|(vocabulary, number)| (Reverse(**number), *vocabulary));
    let all: Vec<String> =
        sorted.into_iter().map(|(vocabulary, number)| format!("{vocabulary} {}", count(*number))).collect();
    match all.len() {
        0 => "none".to_owned(),
        // HGNC has thousands of groups.
        length if length > SHOWN => format!("{} and {} more", all[..SHOWN].join(", "), count(length - SHOWN)),
        _ => all.join(", "),
    }
}
