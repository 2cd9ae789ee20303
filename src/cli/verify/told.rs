//! What a run of `term2id verify` says of all its files.

use std::collections::BTreeMap;

use super::super::index::count;
use super::super::output::Output;
use crate::verify::{Kind, Tally};

/// What was told of all files.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) files: usize,
    pub(super) findings: u64,
    pub(super) fixed: u64,
    tally: Tally,
}

impl Told {
    pub(super) fn add(&mut self, other: Tally) {
        self.tally.pairs += other.pairs;
        self.tally.fine += other.fine;
        for (kind, number) in other.found {
            *self.tally.found.entry(kind).or_default() += number;
        }
        for (prefix, number) in other.foreign {
            *self.tally.foreign.entry(prefix).or_default() += number;
        }
    }

    pub(super) fn summarize(&self, fixes: bool, output: &Output) {
        let Tally { pairs, fine, found, foreign } = &self.tally;
        let synonyms = found.get(&Kind::Synonym).copied().unwrap_or_default();
        let wrong = found.iter().filter(|(kind, _)| **kind != Kind::Synonym);
        let kinds: Vec<String> =
            wrong.clone().map(|(kind, number)| format!("{} {}", count(*number), kind.as_str())).collect();
        let wrong: u64 = wrong.map(|(_, number)| number).sum();
        let among = |parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
        };
        let not_checked: u64 = foreign.values().sum();
        let not_checked = if not_checked == 0 {
            String::new()
        } else {
            format!("; {} of other vocabularies, not checked{}", count(not_checked), among(&largest(foreign)))
        };
        output.say(format_args!(
            "{} {} in {} {}: {} fine, {} {}, {} {}{}{not_checked}",
            count(*pairs),
            if *pairs == 1 { "pair" } else { "pairs" },
            count(self.files),
            if self.files == 1 { "file" } else { "files" },
            count(*fine),
            count(synonyms),
            if synonyms == 1 { "synonym" } else { "synonyms" },
            count(wrong),
            if wrong == 1 { "finding" } else { "findings" },
            among(&kinds),
        ));
        if fixes {
            let left = self.findings - self.fixed;
            output.say(format_args!("{} put right, {} left for a person", count(self.fixed), count(left)));
        }
    }
}

/// The prefixes that stand most often.
fn largest(foreign: &BTreeMap<String, u64>) -> Vec<String> {
    let mut counts: Vec<(&String, &u64)> = foreign.iter().collect();
    counts.sort_by_key(|(prefix, number)| (std::cmp::Reverse(**number), *prefix));
    counts.iter().take(8).map(|(prefix, number)| format!("{prefix} {}", count(**number))).collect()
}
