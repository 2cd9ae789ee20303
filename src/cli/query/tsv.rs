//! Answers for programs that read tables.

use std::io::Write;

use super::Answers;
use crate::export;
use crate::export::table::Dialect;
use crate::normalize::{Normalization, Qualifiers};
use crate::retrieve::Candidate;

impl Answers<'_> {
    pub(super) fn tsv(&mut self, answer: &Normalization) -> anyhow::Result<()> {
        if !std::mem::replace(&mut self.any, true) {
            let mut header = TSV.map(str::to_owned).to_vec();
            header.extend(JUDGED.iter().filter(|_| self.chooser.is_some()).map(|&column| column.to_owned()));
            header.extend(self.searched.is_several().then(|| ONTOLOGY.to_owned()));
            header.extend(export::table::untaken(self.normalizer.namespaces().into_iter(), &header));
            Dialect::Tsv.write_line(&mut self.out, header)?;
        }
        let mention = &answer.mention.text;
        let qualifiers = |own: &Qualifiers| answer.qualifiers.iter().chain(own.iter()).collect::<Vec<_>>().join("|");
        if answer.parts.is_empty() {
            return self.tsv_rows(answer, [mention, "", &qualifiers(&Qualifiers::default())]);
        }
        for part in &answer.parts {
            self.tsv_rows(part, [mention, &part.mention.text, &qualifiers(&part.qualifiers)])?;
        }
        Ok(())
    }

    /// The rows of an answer to a mention, or to a part of it.
    fn tsv_rows(&mut self, answer: &Normalization, [mention, part, qualifiers]: [&str; 3]) -> anyhow::Result<()> {
        let line = |out: &mut dyn Write, cells: &[&str]| -> anyhow::Result<()> {
            Ok(Dialect::Tsv.write_line(out, cells.iter().copied())?)
        };
        let (may_judge, is_several) = (self.chooser.is_some(), self.searched.is_several());
        let said = answer.judgement.as_ref().map_or([""; 3], |said| [&said.reason, &said.model, &said.prompt_hash]);
        let [reason, model, prompt_hash] = said;
        let decided_by = answer.decided_by.as_str();
        let judged = |is_answer: bool| {
            let judged = [if is_answer { "yes" } else { "" }, decided_by, reason, model, prompt_hash];
            if may_judge { judged.to_vec() } else { Vec::new() }
        };
        let confidence = answer.confidence.map(|confidence| format!("{confidence:.4}")).unwrap_or_default();
        if answer.answer().is_none() {
            let error = answer.error().map(|error| export::error_line(error)).unwrap_or_default();
            let cells = [mention, "", "", "", "", "", "", "", &confidence, "", "", "", part, qualifiers, &error];
            let empty = vec![""; answer.references.len() + usize::from(is_several)];
            return line(&mut self.out, &[&cells[..], &judged(false), &empty].concat());
        }
        let references: Vec<String> = answer.references.iter().map(|reference| reference.ids.join("|")).collect();
        for (rank, candidate) in (1..).zip(&answer.candidates) {
            let Candidate { id, label, name, scope, kind, score, ranks, .. } = candidate;
            let kind = kind.as_deref().unwrap_or_default();
            let [exact, lexical, vector] =
                [ranks.exact, ranks.lexical, ranks.vector].map(|rank| rank.map(number).unwrap_or_default());
            let is_answer = answer.answer().is_some_and(|answer| answer.id == *id);
            let confidence = if is_answer { confidence.as_str() } else { "" };
            let [rank, score] = [number(rank), format!("{score:.4}")];
            let ranks = [exact.as_str(), &lexical, &vector];
            let answered = [mention, &rank, id.as_str(), label, name, scope.as_str(), kind, &score, confidence];
            let mut more = if is_several { vec![ontology(candidate)] } else { Vec::new() };
            // They are the answer's, and of no other candidate.
            more.extend(references.iter().map(|ids| if is_answer { ids.as_str() } else { "" }));
            let cells = [&answered[..], &ranks, &[part, qualifiers, ""], &judged(is_answer), &more].concat();
            line(&mut self.out, &cells)?;
        }
        Ok(())
    }
}

/// The columns of the TSV answer: a row a candidate, one without a rank where there is no match. `confidence` is that
/// of the answer and stands in its row; `exact`, `lexical` and `vector` are ranks. A composite mention has the rows of each
/// `part`; `qualifiers` are negation, side and severity.
const TSV: [&str; 15] = [
    "mention",
    "rank",
    "id",
    "label",
    "name",
    "scope",
    "kind",
    "score",
    "confidence",
    "exact",
    "lexical",
    "vector",
    "part",
    "qualifiers",
    "error",
];

/// The columns that follow where a model may be asked; `answer` says `yes` for the candidate that is the answer.
const JUDGED: [&str; 5] = ["answer", "decided_by", "reason", "model", "prompt_hash"];

/// The column that follows where several ontologies are asked: the candidate's own.
const ONTOLOGY: &str = "ontology";

/// The name of a candidate's ontology, where several are asked.
pub(super) fn ontology(candidate: &Candidate) -> &str {
    candidate.ontology.as_ref().map_or("", |ontology| ontology.name.as_str())
}

fn number(number: u32) -> String {
    number.to_string()
}
