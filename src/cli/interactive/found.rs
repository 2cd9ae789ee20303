//! What the index says about a text or a concept, as it is shown.

use super::TOP;
use super::matches::Words;
use super::state::{Matched, Row, Shown};
use crate::cli::searched::Searched;
use crate::cli::sureness::percent;
use crate::index::{self, Found, Names};
use crate::normalize::{self, Normalization, Normalizer};
use crate::ontology::{Concept, Curie};
use crate::retrieve::{self, Candidate, Mention, Ranks, Retrieval};

/// The rows for a text, what an identifier leads to or the candidates of a mention; and how sure the first is.
pub(super) fn rows(searched: &Searched, text: &str, least: f32) -> Result<(Vec<Row>, Option<String>), retrieve::Error> {
    if let Ok(id) = Curie::parse(text)
        && let Some((retriever, found)) = searched.find(&id)?
    {
        return Ok((rows_of(retriever.index().names(), &id, &found)?, None));
    }
    let words = Words::of(text);
    let Retrieval { candidates, confidence, tie, .. } = searched.retriever().retrieve(&searched.mention(text), TOP)?;
    let tied = tie.map_or(0, |tie| tie.words.len());
    let rows = candidates.into_iter().enumerate().map(|(at, candidate)| row(candidate, at < tied, &words)).collect();
    Ok((rows, verdict(confidence, tied, least)))
}

/// How sure the answer is, and whether it is one.
fn verdict(confidence: Option<f32>, tied: usize, least: f32) -> Option<String> {
    let sure = confidence.map(|confidence| {
        let sure = percent(confidence);
        if confidence < least { format!("no match, {sure}") } else { sure }
    });
    let tied = (tied > 0).then(|| format!("{tied} tied"));
    let parts: Vec<String> = tied.into_iter().chain(sure).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What a mention is taken apart into, where it is: `2 concepts: Seizure, Ataxia`, or what its edges say.
pub(super) fn apart(reader: &Normalizer, mention: Mention) -> Option<String> {
    if !normalize::may_be_taken_apart(&mention.text) {
        return None;
    }
    let answer = reader.normalize_by_retrieval(mention);
    let said = answer.qualifiers.iter().collect::<Vec<_>>().join(", ");
    let label = |answered: &Normalization| {
        let own = answered.qualifiers.iter().filter(|_| !answer.parts.is_empty()).map(|said| format!(" ({said})"));
        answered.answer().map(|answer| answer.label.clone() + &own.collect::<String>())
    };
    let labels: Vec<String> = answer.answered().filter_map(label).collect();
    let count = match labels.len() {
        0 => return None,
        1 if said.is_empty() => return None,
        1 => String::new(),
        count => format!("{count} concepts: "),
    };
    let said = if said.is_empty() { said } else { format!(" ({said})") };
    Some(format!("{count}{}{said}", labels.join(", ")))
}

/// A candidate as a row; `words` are those it was found by.
pub(super) fn row(candidate: Candidate, is_tied: bool, words: &Words) -> Row {
    let Candidate { id, label, name, scope, kind, score, ranks, .. } = candidate;
    let matched = (name != label).then(|| Matched { marks: words.marks(&name), text: name, scope, kind });
    let label_marks = words.marks(&label);
    Row { id, label_marks, label, matched, note: None, score: Some(score), ranks, is_tied, is_choice: false }
}

/// The concept an identifier names and, where that is retired, those to use instead.
fn rows_of(names: &Names, id: &Curie, found: &Found) -> Result<Vec<Row>, index::Error> {
    let row = |id: Curie, label: String, note: String| Row {
        id,
        label,
        label_marks: Vec::new(),
        matched: None,
        note: Some(note),
        score: None,
        ranks: Ranks::default(),
        is_tied: false,
        is_choice: false,
    };
    let of = |concept: &Concept, note: String| row(concept.id.clone(), concept.label().to_owned(), note);
    Ok(match found {
        Found::Live(concept) => vec![of(concept, "has this identifier".to_owned())],
        Found::Merged(concept) => vec![of(concept, format!("{id} was merged into it"))],
        Found::Retired(concept) => {
            let retirement = concept.retirement.clone().unwrap_or_default();
            let mut rows = vec![of(concept, "retired".to_owned())];
            for (others, note) in [(&retirement.replaced_by, "replaces"), (&retirement.consider, "to consider for")] {
                let others = labelled(names, others)?;
                rows.extend(others.into_iter().map(|(other, label)| row(other, label, format!("{note} {id}"))));
            }
            rows
        }
    })
}

/// A concept with the labels of the concepts around it.
pub(super) fn shown(searched: &Searched, id: &Curie) -> Result<Option<Shown>, retrieve::Error> {
    let Some((retriever, found)) = searched.find(id)? else { return Ok(None) };
    let names = retriever.index().names();
    let (Found::Live(concept) | Found::Merged(concept) | Found::Retired(concept)) = found;
    let retirement = concept.retirement.clone().unwrap_or_default();
    Ok(Some(Shown {
        parents: labelled(names, &concept.parents)?,
        replaced_by: labelled(names, &retirement.replaced_by)?,
        consider: labelled(names, &retirement.consider)?,
        concept,
    }))
}

/// Identifiers with their labels, empty ones where the index has no such concept.
fn labelled(names: &Names, ids: &[Curie]) -> Result<Vec<(Curie, String)>, index::Error> {
    ids.iter()
        .map(|id| {
            let label = match names.find(id)? {
                Some(Found::Live(concept) | Found::Merged(concept) | Found::Retired(concept)) => {
                    concept.label().to_owned()
                }
                None => String::new(),
            };
            Ok((id.clone(), label))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_says_what_is_known() {
        assert_eq!(verdict(None, 0, 0.0), None);
        assert_eq!(verdict(Some(0.87), 0, 0.5).unwrap(), "87% sure");
        assert_eq!(verdict(Some(0.12), 2, 0.5).unwrap(), "2 tied · no match, 12% sure");
        assert_eq!(verdict(None, 3, 0.5).unwrap(), "3 tied");
    }
}
