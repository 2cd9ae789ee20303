//! Identifiers as OWL writes them: addresses, often those of the OBO Library.

use std::collections::HashMap;

use super::{Concept, Curie, Draft, Retirement, curie};

/// Where OBO ontologies keep their terms: `HP_0001250` below it is `HP:0001250`.
pub(super) const OBO: &str = "http://purl.obolibrary.org/obo/";

/// What stands behind the last `/` or `#` of an address.
pub(super) fn last_part(iri: &str) -> &str {
    iri.rsplit(['/', '#']).next().unwrap_or(iri)
}

/// The identifier in an address or CURIE.
pub(super) fn parse(written: &str) -> Result<Curie, curie::Error> {
    let term =
        written.strip_prefix(OBO).filter(|local| !local.contains(['#', '/'])).and_then(|local| local.rsplit_once('_'));
    match term {
        Some((prefix, local)) => Curie::parse(&format!("{prefix}:{local}")),
        None => Curie::parse(written),
    }
}

/// The identifier in an address or CURIE; where there is none, that is noted with what it was found in.
pub(super) fn noted(written: &str, line: usize, found_in: impl Fn() -> String, draft: &mut Draft) -> Option<Curie> {
    let odd = |_: &_| draft.odd(line, format!("`{written}` in {} is no identifier; passed over", found_in()));
    parse(written).inspect_err(odd).ok()
}

/// A retired class without a name of its own, with its line and what replaces it.
pub(super) struct Merged {
    pub(super) line: usize,
    pub(super) id: Curie,
    pub(super) replaced_by: Vec<Curie>,
}

/// OBO writes an identifier that was merged into another as its `alt_id`; in OWL it stands as a retired class without a
/// label. Both become alternative identifiers of the one concept from position `first` on that replaces them.
pub(super) fn add_merged(merged: Vec<Merged>, first: usize, draft: &mut Draft) {
    if merged.is_empty() {
        return;
    }
    let by_id: HashMap<Curie, usize> =
        (first..draft.concepts.len()).rev().map(|at| (draft.concepts[at].1.id.clone(), at)).collect();
    for Merged { line, id, replaced_by } in merged {
        if let [replacement] = replaced_by.as_slice()
            && let Some(&position) = by_id.get(replacement)
        {
            let alternatives = &mut draft.concepts[position].1.alternative_ids;
            if !alternatives.contains(&id) {
                alternatives.push(id);
            }
        } else {
            let mut concept = Concept::new(id);
            concept.retirement = Some(Retirement { replaced_by, consider: Vec::new() });
            draft.concepts.push((line, concept));
        }
    }
}
