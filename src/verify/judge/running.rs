//! Labels at the end of running text: nobody says where they begin.

use super::Verdict;
use super::names::Names;
use super::told::Case;
use crate::ontology::{Concept, Curie, Ontology};
use crate::retrieve::Mention;
use crate::text;
use crate::verify::{Error, How, Kind, Level, Suggestion};

/// The last words that are looked for where they hold no name.
const LAST_WORDS: usize = 8;

/// Candidates among which the concept must be for the words to be taken as a paraphrase of it.
const PARAPHRASES: usize = 10;

/// A live concept behind running text, which may end in a name of it.
pub(super) fn running(case: &Case<'_>, names: &Names, concept: &Concept) -> Result<Verdict, Error> {
    let forms: Vec<String> = concept.names.iter().map(|name| text::normal_form(&name.text)).collect();
    let keys: Vec<String> = forms.iter().map(|form| text::key(form)).collect();
    let is_own = |run: &str| {
        let form = text::normal_form(run);
        !form.is_empty() && (forms.contains(&form) || keys.contains(&text::key(&form)))
    };
    if case.run(is_own).is_some() {
        return Ok(Verdict::Fine);
    }
    let other = case.longest(|run| {
        let having = names.having(run, &text::normal_form(run));
        let other = having.into_iter().find(|(other, _)| !is_above(&names.ontology, other, concept))?;
        Some((run, other))
    });
    // The shortest run that is mistyped: the words before it are no part of the name.
    let typed = case.shortest(|run| Some((run, names.own_typed(concept, &text::normal_form(run))?)));
    if let Some((run, misspelt)) = typed
        && other.is_none_or(|(other, _)| other.len() <= run.len())
    {
        return Ok(super::found(case.misspelt(concept, run, misspelt.name, false)));
    }
    if let Some((run, other)) = other {
        return Ok(super::found(case.other(concept, run, &other)));
    }
    let last = case.last_words(LAST_WORDS);
    let Some(retriever) = names.retriever.as_ref().filter(|_| !text::normal_form(last).is_empty()) else {
        return Ok(Verdict::Fine);
    };
    let retrieval = retriever.retrieve(&Mention::new(last), PARAPHRASES)?;
    let is_it = |id: &Curie| *id == concept.id;
    let Some(best) =
        retrieval.candidates.first().filter(|_| !retrieval.candidates.iter().any(|found| is_it(&found.id)))
    else {
        return Ok(Verdict::Fine);
    };
    let message = format!("`{last}` does not name `{}`, which is `{}`", concept.id, concept.label());
    let mut finding = case.finding(Kind::UnknownLabel, message);
    finding.level = Level::Warning;
    finding.label = Some(last.to_owned());
    let how = How::Retrieval(retrieval.confidence);
    finding.suggestion = Some(Suggestion { id: best.id.clone(), label: best.label.clone(), how });
    Ok(super::found(finding))
}

/// Whether `upper` is `concept` or above it: who writes the broader word means no other concept.
fn is_above(ontology: &Ontology, upper: &Concept, concept: &Concept) -> bool {
    let mut open = vec![&concept.id];
    let mut seen = std::collections::HashSet::new();
    while let Some(id) = open.pop() {
        if *id == upper.id {
            return true;
        }
        if seen.insert(id) {
            open.extend(ontology.get(id).map_or(&[][..], |concept| concept.parents.as_slice()));
        }
    }
    false
}
