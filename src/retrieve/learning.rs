//! Learns ranker and confidence from an index that is not sealed yet, by asking it simulated mentions.
//!
//! Half of the mentions teach the order, most of the others how sure to be of it, and the rest are held back from both:
//! they say which confidence is how often right.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Error;
use super::channels::{Asked, Channels, Limits};
use super::examine::{Examiner, fold};
use super::features::Features;
use super::hybrid::DEPTH;
use super::phrases::{Simulated, Withheld, simulate};
use super::ranking::{BREADTH, Calibration, PRIOR, Ranker, answer_row, best_first, margin};
use super::trees::{Lessons, Trees};
use crate::embed::Encoders;
use crate::index::{Names, Unsealed};
use crate::ontology::{Concept, Ontology};
use crate::text;

pub use super::phrases::withhold;

/// Mentions of names that are simulated; those of definitions and of concepts taken away come on top.
const MENTIONS: usize = 10_000;

/// Candidates a mention that teach the order: it is among the first that it matters.
const TAUGHT: usize = 30;

/// Fewer mentions whose answer is found teach no order.
const FEWEST_LESSONS: usize = 200;

/// Of ten concepts, the mentions of those below this teach the order, ...
const ORDER: u32 = 5;
/// ... those below this how sure to be, and the others are held back.
const CERTAINTY: u32 = 8;

/// A mention's candidates by the first look, and which of them are right.
type Lesson = (Vec<Features>, Vec<bool>);

/// The definitions of live concepts in their normal form, by position.
pub fn definitions(names: &Names, ontology: &Ontology) -> Vec<(u32, String)> {
    let definition = |concept: &Concept| {
        let text = text::normal_form(concept.definition.as_deref()?);
        let end = word_end(&text, DEFINITION_ASKED);
        Some((names.position(&concept.id)?, text[..end].to_owned()))
    };
    ontology.concepts().iter().filter_map(definition).filter(|(_, text)| !text.is_empty()).collect()
}

/// What the encoder learns from: the forms of each concept's names and the beginning of its definition, but for what is
/// withheld.
pub fn texts<'a>(names: &'a Names, definitions: &'a [(u32, String)], withheld: &Withheld) -> Vec<Vec<&'a str>> {
    let mut texts = names.forms_of_concepts(&withheld.forms);
    for (concept, definition) in definitions.iter().filter(|(concept, _)| !withheld.concepts.contains(concept)) {
        texts[*concept as usize].push(&definition[..word_end(definition, DEFINITION_LEARNT)]);
    }
    texts
}

/// What the encoder learns from another ontology, whose concepts are not candidates: names and the beginning of each
/// definition, in their normal form.
pub fn texts_of_other(ontology: &Ontology, names: &Names, withheld: &Withheld) -> Vec<Vec<String>> {
    // Another release or a neighbour has names that are withheld here.
    let is_withheld = |form: &String| names.forms_of_key(&text::key(form)).any(|form| withheld.forms.contains(&form));
    let texts = |concept: &Concept| {
        let forms: BTreeSet<String> = concept.names.iter().map(|name| text::normal_form(&name.text)).collect();
        let is_unseen = names.position(&concept.id).is_none_or(|concept| !withheld.concepts.contains(&concept));
        let definition = concept.definition.as_deref().filter(|_| is_unseen).map(|definition| {
            let mut form = text::normal_form(definition);
            form.truncate(word_end(&form, DEFINITION_LEARNT));
            form
        });
        forms.into_iter().chain(definition).filter(|text| !text.is_empty() && !is_withheld(text)).collect()
    };
    ontology.concepts().iter().filter(|concept| !concept.is_retired()).map(texts).collect()
}

/// Words of a definition that the encoder learns from: what a thing is comes first.
const DEFINITION_LEARNT: usize = 12;

/// Words of a definition that are asked as a mention.
const DEFINITION_ASKED: usize = 30;

/// Where the first `count` words of a form end.
fn word_end(form: &str, count: usize) -> usize {
    form.match_indices(' ').nth(count - 1).map_or(form.len(), |(end, _)| end)
}

/// Learns from `unsealed` and writes what it learnt beside its parts. Returns how many mentions were asked; `None`, and
/// nothing is written, where there is too little to learn from.
///
/// # Errors
/// Where the index cannot be asked or a model cannot be learnt.
pub fn learn(
    unsealed: &Unsealed,
    encoders: &Encoders,
    withheld: &Withheld,
    definitions: &[(u32, String)],
) -> Result<Option<usize>, Error> {
    if withheld.forms.is_empty() {
        return Ok(None);
    }
    let channels = Channels { parts: Arc::clone(unsealed.parts()), encoders: encoders.clone() };
    let is_unseen = |(concept, _): &&(u32, String)| withheld.concepts.contains(concept);
    let unseen: Vec<(u32, String)> = definitions.iter().filter(is_unseen).cloned().collect();
    let mentions = simulate(channels.parts.names(), withheld, &unseen, MENTIONS);
    let forms: Vec<&str> = mentions.iter().map(|mention| mention.form.as_str()).collect();
    let asked = channels.prepare(&forms, None)?;
    let lessons = mentions
        .par_iter()
        .zip(&asked)
        .map(|(mention, asked)| lesson(&channels, mention, asked))
        .collect::<Result<Vec<Lesson>, Error>>()?;
    // All mentions of one concept teach, or are held back, together.
    let tenth = |mention: &Simulated| (mention.source.wrapping_mul(0x9e37_79b1) >> 16) % 10;
    let part = |from: u32, to: u32| {
        let is_inside = move |mention: &Simulated| (from..to).contains(&tenth(mention));
        mentions.iter().zip(&lessons).filter(move |(mention, _)| is_inside(mention)).map(|(_, lesson)| lesson)
    };
    let is_learnt = |(_, right): &&Lesson| right.iter().take(TAUGHT).any(|&right| right);
    if part(0, ORDER).filter(is_learnt).count() < FEWEST_LESSONS {
        return Ok(None);
    }
    let order = order(part(0, ORDER).filter(is_learnt))?;
    let in_order = |lesson: &Lesson| ranked(&order, lesson);
    let answers: Vec<_> = part(ORDER, CERTAINTY).filter_map(in_order).collect();
    let right = answers.iter().filter(|(_, is_right)| *is_right).count();
    if right == 0 || right == answers.len() {
        return Ok(None);
    }
    let certainty = certainty(&answers)?;
    let held_back: Vec<_> = part(CERTAINTY, 10).map(in_order).collect();
    let mut ranker = Ranker { order, certainty, calibration: Calibration::default() };
    // A mention that nothing is found for is one that is not answered.
    let answer = |answer: Option<(Vec<(Features, f32)>, bool)>| {
        answer.map_or((0.0, false), |(known, is_right)| (ranker.confidence(&known).unwrap_or(0.0), is_right))
    };
    ranker.calibration = Calibration::new(held_back.into_iter().map(answer).collect());
    ranker.write(unsealed.folder())?;
    Ok(Some(mentions.len()))
}

fn lesson(channels: &Channels, mention: &Simulated, asked: &Asked<'_>) -> Result<Lesson, Error> {
    let names = channels.parts.names();
    let limits = Limits { without: &mention.without, ..Limits::default() };
    let found = channels.find(asked, DEPTH, limits)?;
    let mut examiner = Examiner::new(channels, asked, &found);
    let seen = fold(names, &examiner.first_look(&found), BREADTH, None);
    let features = examiner.examine(&seen, &mention.without);
    let right = seen.iter().take(features.len()).map(|seen| mention.right.binary_search(&seen.concept).is_ok());
    Ok((features, right.collect()))
}

/// The trees that correct the first look.
fn order<'a>(lessons: impl Iterator<Item = &'a Lesson>) -> Result<Trees, Error> {
    let (mut taught, mut prior, mut groups) = (Lessons::default(), Vec::new(), Vec::new());
    for (features, right) in lessons {
        for (features, &right) in features.iter().zip(right).take(TAUGHT) {
            taught.push(&features.row(), right);
            prior.push(PRIOR * features.first);
        }
        groups.push(features.len().min(TAUGHT));
    }
    Trees::order(&taught, &prior, &groups)
}

/// Candidates in the learnt order with their margins, and whether the first is right.
fn ranked(order: &Trees, (features, right): &Lesson) -> Option<(Vec<(Features, f32)>, bool)> {
    let known = features.iter().map(|features| (*features, margin(order, features)));
    let mut known: Vec<((Features, f32), bool)> = known.zip(right.iter().copied()).collect();
    known.sort_by(|(left, _), (right, _)| best_first(left, right));
    let is_right = known.first()?.1;
    Some((known.into_iter().map(|(known, _)| known).collect(), is_right))
}

/// The trees that say how sure the first candidate is.
fn certainty(answers: &[(Vec<(Features, f32)>, bool)]) -> Result<Trees, Error> {
    let mut taught = Lessons::default();
    for (known, is_right) in answers {
        if let Some(row) = answer_row(known) {
            taught.push(&row, *is_right);
        }
    }
    Trees::log_odds(&taught)
}
