//! One file: its places found, judged in batches on all cores, and told in their order.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::judge::Verdict;
use super::places::{self, Columns, Format};
use super::{Error, Finding, Found, Judge, Kind, Level};
use crate::tables::Input;

/// Places that are judged together.
const BATCH: usize = 2048;

/// How a file is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How it is written; told by its name or its content where nothing is said.
    pub format: Option<Format>,
    /// The columns of a table.
    pub columns: Columns,
}

/// How many pairs there were, by what was said of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub pairs: u64,
    /// Those that are fine, synonyms not among them.
    pub fine: u64,
    /// What was found.
    pub found: BTreeMap<Kind, u64>,
    /// Those of other vocabularies, by prefix.
    pub foreign: BTreeMap<String, u64>,
}

/// Tells `each` what is wrong in `input`, in its order.
///
/// # Errors
/// Where the input cannot be read, or not further, and where the retriever fails.
pub fn check(input: Input, options: &Options, judge: &Judge, each: &mut dyn FnMut(Finding)) -> Result<Tally, Error> {
    let mut checking = Checking { judge, batch: Vec::new(), tally: Tally::default(), failure: None, each };
    let read =
        places::read(input, options.format, judge.prefixes(), &options.columns, &mut |found| checking.add(found));
    // What was found before a file broke off is told.
    checking.flush();
    let Checking { tally, failure, .. } = checking;
    match failure {
        Some(error) => Err(error),
        None => read.map(|()| tally),
    }
}

struct Checking<'a> {
    judge: &'a Judge,
    batch: Vec<Found>,
    tally: Tally,
    failure: Option<Error>,
    each: &'a mut dyn FnMut(Finding),
}

impl Checking<'_> {
    fn add(&mut self, found: Found) {
        if self.failure.is_none() {
            self.batch.push(found);
        }
        if self.batch.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let judge = self.judge;
        let judged: Vec<Result<Verdict, Error>> = self.batch.par_iter().map(|found| judged(judge, found)).collect();
        for (place, verdict) in std::mem::take(&mut self.batch).iter().zip(judged) {
            self.tally.pairs += u64::from(matches!(place, Found::Pair(_)));
            match verdict {
                Err(error) => {
                    self.failure = Some(error);
                    return;
                }
                Ok(Verdict::Fine) => self.tally.fine += 1,
                Ok(Verdict::Foreign(prefix)) => *self.tally.foreign.entry(prefix).or_default() += 1,
                Ok(Verdict::Found(finding)) => {
                    *self.tally.found.entry(finding.kind).or_default() += 1;
                    (self.each)(*finding);
                }
            }
        }
    }
}

fn judged(judge: &Judge, found: &Found) -> Result<Verdict, Error> {
    match found {
        Found::Pair(pair) => judge.judge(pair),
        Found::Unreadable { line, column, problem } => Ok(Verdict::Found(Box::new(Finding {
            kind: Kind::Unreadable,
            level: Level::Error,
            line: *line,
            column: *column,
            span: 0..0,
            identifier: String::new(),
            label: None,
            message: problem.clone(),
            suggestion: None,
            edits: Vec::new(),
        }))),
    }
}
