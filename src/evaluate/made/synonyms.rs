//! Synonyms to be held out of an index, so that it has to find them by the names that stay.

use std::collections::BTreeSet;

use super::names::{Candidate, Known, lower};
use super::{Cases, Skipped};
use crate::ontology::{Curie, Scope};
use crate::text;

/// Makes cases of the first `wanted` candidates that can be held out, and lists what has to be.
pub(super) fn hold_out(known: &Known<'_>, candidates: Vec<Candidate<'_>>, wanted: usize, cases: &mut Cases) {
    let forms = known.by_form();
    let reason = |candidate: &Candidate<'_>| {
        if candidate.holders.iter().any(|holder| holder.name.scope == Scope::Label) {
            return Some(Skipped::Label);
        }
        if candidate.holders.iter().any(|holder| !holder.is_labelled) {
            return Some(Skipped::Unlabelled);
        }
        if candidate.text.contains(['\t', '\n', '\r']) {
            return Some(Skipped::Unwritable);
        }
        // Whether or not those others are held out too: what is drawn of one concept must not hang on the rest.
        let form = text::normal_form(candidate.text);
        let own = lower(candidate.text);
        let others = forms.get(&form).into_iter().flatten().filter(|(text, _)| *text != own);
        let others: BTreeSet<&Curie> = others.flat_map(|(_, holders)| *holders).map(|holder| &holder.id).collect();
        if candidate.ids.iter().any(|id| others.contains(id)) {
            Some(Skipped::Spelling)
        } else {
            (!others.is_empty()).then_some(Skipped::OtherConcept)
        }
    };
    for candidate in candidates {
        if let Some(reason) = reason(&candidate) {
            *cases.skipped.entry(reason).or_default() += 1;
        } else if cases.cases.len() < wanted {
            cases.exclusions.extend(candidate.ids.iter().map(|id| (id.clone(), candidate.text.to_owned())));
            cases.cases.push(candidate.asked_as(candidate.text.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::super::tests::{ontology, request, sample_ontology, shown};
    use super::super::{Request, What, make};
    use super::*;

    const ONTOLOGY: &str = "\
[Term]\nid: X:1\nname: Large hands\nsynonym: \"Big hands\" EXACT []\nsynonym: \"Macromanus\" RELATED []\n
[Term]\nid: X:2\nname: Long foot\nsynonym: \"big hands\" RELATED []\nsynonym: \"Fever\" EXACT []\n
[Term]\nid: X:3\nname: fever\nsynonym: \"Oedema\" EXACT []\nsynonym: \"Edema\" EXACT []\n
[Term]\nid: X:4\nname: Itch\nsynonym: \"hot-spot\" EXACT []\n
[Term]\nid: X:5\nname: Rash\nsynonym: \"Hot spot\" RELATED []\n
[Term]\nid: X:6\nsynonym: \"Nameless\" EXACT []\n";

    #[test]
    fn a_synonym_leads_to_all_that_have_it_and_is_left_out_of_each() {
        let cases = make(&ontology(ONTOLOGY), &request(What::Synonyms));
        assert_eq!(shown(&cases), [("Big hands", "X:1|X:2".to_owned())]);
        let exclusions: Vec<_> = cases.exclusions.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
        assert_eq!(exclusions, [("X:1", "Big hands"), ("X:2", "Big hands")]);
    }

    #[test]
    fn what_would_be_found_all_the_same_is_not_held_out() {
        let cases = make(&ontology(ONTOLOGY), &request(What::Synonyms));
        let skipped =
            [(Skipped::Label, 1), (Skipped::Spelling, 2), (Skipped::OtherConcept, 1), (Skipped::Unlabelled, 1)];
        assert_eq!(cases.skipped, BTreeMap::from(skipped));
    }

    #[test]
    fn no_name_that_stays_has_the_normal_form_of_one_that_is_held_out() {
        let ontology = sample_ontology();
        let wanted = Request { scopes: &Scope::ALL, ..request(What::Synonyms) };
        let cases = make(&ontology, &wanted);
        assert!(cases.cases.len() > 200, "{}", cases.cases.len());
        let held_out: HashSet<(&Curie, String)> = cases.exclusions.iter().map(|(id, text)| (id, lower(text))).collect();
        for case in &cases.cases {
            for id in &case.ids {
                let concept = ontology.get(id).unwrap();
                assert!(!concept.is_retired() && lower(concept.label()) != lower(&case.mention));
                assert!(held_out.contains(&(id, lower(&case.mention))), "{} of {id}", case.mention);
                let stays = concept.names.iter().filter(|name| !held_out.contains(&(id, lower(&name.text))));
                let forms: Vec<String> = stays.map(|name| text::normal_form(&name.text)).collect();
                assert!(!forms.is_empty() && !forms.contains(&text::normal_form(&case.mention)), "{}", case.mention);
            }
        }
    }
}
