//! Retrieval as a system: what a normalizer answers without a model.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{Answer, Said, ranking};
use crate::evaluate::dataset::Case;
use crate::normalize::{Normalization, Normalizer, Outcome, error_line};
use crate::retrieve::Mention;

/// What `normalizer` answers to each case by retrieval alone, in the order of the cases; on all cores, as many at once as
/// there are threads. A mention is asked about once, however often it stands among the cases. `done` is told how many
/// were.
pub fn answers(normalizer: &Normalizer, cases: &[Case], done: &(dyn Fn(usize) + Sync)) -> Vec<Answer> {
    let count = AtomicUsize::new(0);
    let answer = |mention: &&Mention| {
        let start = Instant::now();
        let normalization = normalizer.normalize_by_retrieval((*mention).clone());
        let seconds = start.elapsed().as_secs_f64();
        done(count.fetch_add(1, Ordering::Relaxed) + 1);
        Answer { seconds: Some(seconds), ..answer(&normalization) }
    };
    let (mentions, places) = distinct(cases);
    let mut answers: Vec<Answer> = mentions.par_iter().map(answer).collect();
    let repeated = |place: usize| -> Answer {
        let answer = answers[place].clone();
        // It took its time once.
        answers[place].seconds = None;
        answer
    };
    places.into_iter().map(repeated).collect()
}

/// The distinct mentions of cases, and for each case which of them is its own. Retrieval reads no context, but what is
/// expected and the species.
pub(in crate::evaluate) fn distinct(cases: &[Case]) -> (Vec<&Mention>, Vec<usize>) {
    let mut known: HashMap<(&str, &[String], Option<&str>), usize> = HashMap::new();
    let mut mentions = Vec::new();
    let mut places = Vec::with_capacity(cases.len());
    for case in cases {
        let Mention { text, expected, species, .. } = &case.mention;
        let place = *known.entry((text, expected, species.as_deref())).or_insert_with(|| {
            mentions.push(&case.mention);
            mentions.len() - 1
        });
        places.push(place);
    }
    (mentions, places)
}

fn answer(normalization: &Normalization) -> Answer {
    let ranking = ranking(normalization);
    let said = match &normalization.outcome {
        Outcome::Chosen(_) | Outcome::Composite => Said::Identifier(ranking[0].to_string()),
        Outcome::NoMatch => Said::NoMatch,
        Outcome::Failed(error) => Said::Nothing(error_line(error)),
    };
    Answer { said, ranking, confidence: normalization.confidence, seconds: None }
}
