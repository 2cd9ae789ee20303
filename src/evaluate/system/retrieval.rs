//! Retrieval as a system: what a normalizer answers without a model.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{Answer, Said, ranking};
use crate::evaluate::dataset::Case;
use crate::normalize::{Normalization, Normalizer, Outcome, error_line};

/// What `normalizer` answers to each case by retrieval alone, in the order of the cases; on all cores, as many at once as
/// there are threads. `done` is told how many were answered so far.
pub fn answers(normalizer: &Normalizer, cases: &[Case], done: &(dyn Fn(usize) + Sync)) -> Vec<Answer> {
    let count = AtomicUsize::new(0);
    let answer = |case: &Case| {
        let start = Instant::now();
        let normalization = normalizer.normalize_by_retrieval(case.mention.clone());
        let seconds = start.elapsed().as_secs_f64();
        done(count.fetch_add(1, Ordering::Relaxed) + 1);
        Answer { seconds: Some(seconds), ..answer(&normalization) }
    };
    cases.par_iter().map(answer).collect()
}

fn answer(normalization: &Normalization) -> Answer {
    let ranking = ranking(normalization);
    let said = match &normalization.outcome {
        Outcome::Chosen(_) => Said::Identifier(ranking[0].to_string()),
        Outcome::NoMatch => Said::NoMatch,
        Outcome::Failed(error) => Said::Nothing(error_line(error)),
    };
    Answer { said, ranking, confidence: normalization.confidence, seconds: None }
}
