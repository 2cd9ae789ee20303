//! Answers for people.

use std::io::{self, Write as _};

use super::tsv::ontology;
use super::{Answers, LONGEST_NAME};
use crate::cli::output::{BOLD, Column, DIM, styled, table};
use crate::cli::sureness::{self, percent};
use crate::cli::{concept, explain};
use crate::export;
use crate::normalize::{Normalization, Outcome, Qualifiers, Reference};
use crate::ontology::Scope;
use crate::retrieve::{Candidate, Ranks};

impl Answers<'_> {
    pub(super) fn text(&mut self, answer: &Normalization) -> anyhow::Result<()> {
        self.space()?;
        writeln!(self.out, "{}", styled(BOLD, &answer.mention.text))?;
        if let Some(error) = answer.error() {
            writeln!(self.out, "  {}", export::error_line(error))?;
            if answer.candidates.is_empty() {
                return Ok(());
            }
        } else if !answer.parts.is_empty() {
            return Ok(self.parts(answer)?);
        } else if answer.candidates.is_empty() {
            return Ok(writeln!(self.out, "  no match")?);
        }
        let width = usize::from(self.output.width()).saturating_sub(2);
        if let Some(line) = qualified(&answer.qualifiers) {
            writeln!(self.out, "  {line}")?;
        }
        let lines = if answer.judgement.is_some() { Vec::new() } else { sureness::lines(answer) };
        for line in lines {
            for line in concept::wrap(&line, width) {
                writeln!(self.out, "  {line}")?;
            }
        }
        match self.explained {
            Some(explained) => self.explain(answer, explained)?,
            None => self.table(answer)?,
        }
        for line in concept::wrap(&chosen(answer).unwrap_or_default(), width) {
            writeln!(self.out, "  {line}")?;
        }
        for Reference { namespace, ids } in answer.references.iter().filter(|_| answer.answer().is_some()) {
            let ids = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            writeln!(self.out, "  {}{ids}", styled(DIM, format_args!("{namespace:<16}")))?;
        }
        Ok(())
    }

    /// The answers to the parts of a composite mention.
    fn parts(&mut self, answer: &Normalization) -> io::Result<()> {
        let unmatched = answer.parts.iter().filter(|part| part.answer().is_none()).count();
        let count = match answer.parts.len() - unmatched {
            1 => "one".to_owned(),
            2 => "two".to_owned(),
            3 => "three".to_owned(),
            more => more.to_string(),
        };
        let of_all = if answer.parts.len() - unmatched == 1 { "" } else { " of all" };
        let sure = answer.confidence.map(|sure| format!(", {}{of_all}", percent(sure))).unwrap_or_default();
        let denied = qualified(&answer.qualifiers).map(|line| format!(", {line}")).unwrap_or_default();
        let concepts = if answer.parts.len() - unmatched == 1 { "concept" } else { "concepts" };
        let without = match unmatched {
            0 => String::new(),
            1 => ", and a part without a match".to_owned(),
            more => format!(", and {more} parts without a match"),
        };
        writeln!(self.out, "  {count} {concepts}{sure}{denied}{without} (`--whole` looks for one)")?;
        let columns = [
            ("part", Column::Text),
            ("identifier", Column::Identifier),
            ("label", Column::Text),
            ("matched name", Column::Text),
            ("sure", Column::Text),
        ];
        let row = |part: &Normalization| {
            let said = qualified(&part.qualifiers).map(|line| format!(" ({line})")).unwrap_or_default();
            let named = part.mention.text.clone() + &said;
            let Some(found) = part.answer() else {
                return vec![named, String::new(), "no match".to_owned(), String::new(), String::new()];
            };
            let mut cells = row(1, found);
            cells.truncate(4);
            cells[0] = named;
            cells.push(part.confidence.map(percent).unwrap_or_default());
            cells
        };
        let rows = answer.parts.iter().map(row).collect();
        writeln!(self.out, "{}", table(self.output, &columns, rows))
    }

    fn table(&mut self, answer: &Normalization) -> io::Result<()> {
        let is_several = self.searched.is_several();
        let mut columns = vec![
            ("", Column::Number),
            ("identifier", Column::Identifier),
            ("label", Column::Text),
            ("matched name", Column::Text),
            ("score", Column::Number),
            ("found by", Column::Text),
        ];
        if is_several {
            columns.push(("ontology", Column::Text));
        }
        let rows = (1..)
            .zip(&answer.candidates)
            .map(|(rank, candidate)| {
                let mut row = row(rank, candidate);
                if is_several {
                    row.push(ontology(candidate).to_owned());
                }
                let is_chosen =
                    answer.judgement.is_some() && answer.answer().is_some_and(|chosen| chosen.id == candidate.id);
                if is_chosen {
                    row[0].insert_str(0, "→ ");
                }
                row
            })
            .collect();
        writeln!(self.out, "{}", table(self.output, &columns, rows))
    }

    /// The candidates with what moved each, or with ranks and scores where nothing was learnt.
    fn explain(&mut self, answer: &Normalization, explained: usize) -> anyhow::Result<()> {
        let explanations = self.explanations(answer, explained)?;
        if let Some(why) = self.unlearnt {
            writeln!(self.out, "  {why}: ranks and scores only")?;
        }
        if explanations.is_empty() {
            let table = explain::evidence(&answer.candidates[..explained.min(answer.candidates.len())], self.output);
            return Ok(writeln!(self.out, "{table}")?);
        }
        explain::write(&mut self.out, &answer.candidates, &explanations)
    }
}

/// What words at the edge of a mention say: `negated by "no", left, mild`.
fn qualified(qualifiers: &Qualifiers) -> Option<String> {
    let negation = qualifiers.negation.iter().map(|words| format!("negated by \"{words}\""));
    let side = qualifiers.side.map(|side| side.as_str().to_owned());
    let severity = qualifiers.severity.map(|severity| severity.as_str().to_owned());
    let said: Vec<String> = negation.chain(side).chain(severity).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// What a model chose and why, where one was asked: `gpt-4o: 2 HP:0001176 Large hands, 93% sure: the same thing`.
pub(in crate::cli) fn chosen(answer: &Normalization) -> Option<String> {
    let said = answer.judgement.as_ref().filter(|_| answer.error().is_none())?;
    let choice = match (&answer.outcome, answer.answer()) {
        (Outcome::Chosen(at), Some(Candidate { id, label, .. })) => format!("{} {id} {label}", at + 1),
        _ if answer.is_unsure() => "not sure enough".to_owned(),
        _ => "none of these".to_owned(),
    };
    let sure = answer.confidence.map(|confidence| format!(", {}", percent(confidence))).unwrap_or_default();
    let reason = if said.reason.is_empty() { String::new() } else { format!(": {}", said.reason) };
    let names = match said.names.as_slice() {
        [] => String::new(),
        names => format!(" (also looked for: {})", names.join("; ")),
    };
    Some(format!("{}: {choice}{sure}{reason}{names}", said.model))
}

/// A candidate in a table for people.
fn row(rank: usize, candidate: &Candidate) -> Vec<String> {
    let name = match candidate.scope {
        Scope::Label => "(label)".to_owned(),
        _ => format!(
            "{} ({})",
            shorten(&candidate.name, LONGEST_NAME),
            concept::relation(candidate.scope, candidate.kind.as_deref())
        ),
    };
    vec![
        rank.to_string(),
        candidate.id.to_string(),
        shorten(&candidate.label, LONGEST_NAME),
        name,
        format!("{:.3}", candidate.score),
        found_by(&candidate.ranks),
    ]
}

/// The channels that found a candidate, and where it stands in each: `words 2, vector 1`.
pub(in crate::cli) fn found_by(ranks: &Ranks) -> String {
    let channels = [("exact", ranks.exact), ("words", ranks.lexical), ("vector", ranks.vector), ("dense", ranks.dense)];
    let found = channels.iter().filter_map(|(channel, rank)| rank.map(|rank| format!("{channel} {rank}")));
    found.collect::<Vec<_>>().join(", ")
}

/// The text, cut to `length` characters where it is longer.
pub(in crate::cli) fn shorten(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}
