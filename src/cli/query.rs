//! `term2id query`: the concepts that a few words may mean.

use std::io::{self, BufRead, IsTerminal as _, Read as _, Write};
use std::path::Path;

use anyhow::bail;

use super::choosing::{Chooser, Choosing};
use super::output::{BOLD, Column, DIM, Output, styled, table};
use super::references::References;
use super::searched::Searched;
use super::sureness::{self, Sureness, percent};
use super::{Status, concept, explain, interactive, open};
use crate::export::table::Dialect;
use crate::export::{self, json};
use crate::generate;
use crate::index::Found;
use crate::normalize::{self, Begun, Normalization, Normalizer, Outcome, Qualifiers, Reference};
use crate::ontology::{Curie, Scope};
use crate::retrieve::{self, Candidate, Explanation, Mention, Ranks};

/// Characters of a name that a table for people shows.
const LONGEST_NAME: usize = 60;

/// Bytes of a line that are kept; longer mentions are refused anyway.
const LINE_BYTES: usize = 1 << 20;

/// Ask an index which concepts some words may mean
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id query --index sample 'big hands' nosebleeds
  term2id query --index sample --format jsonl 'oedema of the feet'
  printf 'short of breath\\nnosebleeds\\n' | term2id query --index sample --top 1
  term2id query --index hp --explain 'big hands'
  term2id query --index hp --accept-precision 0.95 'oedema of the feet'
  term2id query --index mondo --also omim,orphanet 'Marfan syndrome'
  term2id query --index hgnc --also entrez,ensembl,uniprot,symbol ENSG00000141510
  term2id query --index hp,mondo,hgnc,go --expect hp 'seizure'

Without a mention, a terminal shows the candidates while you type, and a pipe is read line by line.
A mention that is an identifier is answered with what the ontology says of it, a retired one with what
replaced it, one of another vocabulary with the concepts that refer to it.")]
pub(super) struct Arguments {
    #[command(flatten)]
    asking: open::Asking,
    #[command(flatten)]
    sureness: Sureness,
    #[command(flatten)]
    references: References,
    /// What someone wrote
    #[arg(value_name = "MENTION")]
    mentions: Vec<String>,
    /// How answers are written [default: text on a terminal, tsv in a pipe]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Candidates a mention [default: 10, of which the first 3 are explained]
    #[arg(long, short = 'n', value_name = "N")]
    top: Option<usize>,
    /// Say of the best candidates what moved each to its place (at most 10; as text or jsonl); implies --whole
    #[arg(long)]
    explain: bool,
    /// Answer every mention with one concept: split none into its parts, take off neither negation nor side
    #[arg(long)]
    whole: bool,
    // Last: what follows would stand under its heading in the help.
    #[command(flatten)]
    choosing: Choosing,
}

/// Candidates a mention, where nothing is said.
const TOP: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// A row a candidate
    Tsv,
    /// An object a mention
    Jsonl,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    if arguments.explain && arguments.format == Some(Format::Tsv) {
        bail!("`--explain` has no room in a row of `tsv`; take `--format text` or `--format jsonl`");
    }
    let is_typed = arguments.mentions.is_empty() && io::stdin().is_terminal() && output.is_terminal();
    if arguments.explain && is_typed {
        bail!("`--explain` explains mentions that are given, and none is");
    }
    if arguments.references.is_any() && is_typed && arguments.format.is_none() {
        bail!("`--also` is for mentions that are given, and none is");
    }
    let searched = arguments.asking.open(indexes)?;
    let namespaces = arguments.references.namespaces(&searched, output)?;
    let least = arguments.sureness.least(&searched, output)?;
    let chooser = arguments.choosing.open(arguments.asking.services(), &searched)?;
    let is_interactive = is_typed && arguments.format.is_none();
    let top = arguments.top.unwrap_or(TOP).max(1);
    let top = if is_interactive { interactive::TOP } else { top };
    let normalizer = Normalizer::new(searched.retriever(), searched.tag(), top);
    let certainty = arguments.sureness.least_certainty();
    let normalizer = normalizer.with_least_confidence(least).with_least_certainty(certainty);
    let normalizer = normalizer.with_references(namespaces);
    let normalizer = match &chooser {
        Some(chooser) => chooser.added_to(normalizer),
        None => normalizer,
    };
    if is_interactive {
        // While somebody types, what would be split is said beside the candidates of the whole.
        return interact(&searched, &normalizer, chooser.as_ref(), least, output);
    }
    let is_whole = arguments.whole || arguments.explain;
    let normalizer = if is_whole { normalizer } else { normalizer.splitting() };
    if let Some(chooser) = &chooser {
        chooser.announce(output);
    }
    let is_read = output.is_terminal() || arguments.explain;
    let format = arguments.format.unwrap_or(if is_read { Format::Text } else { Format::Tsv });
    let explained = arguments.explain.then(|| arguments.top.unwrap_or(explain::SHOWN).clamp(1, explain::MOST));
    let unlearnt = match explained {
        Some(_) if !searched.is_learnt()? => Some(sureness::unlearnt(&arguments.asking)),
        _ => None,
    };
    let out = if format == Format::Text { output.page() } else { output.data() };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let chooser = chooser.map(|chooser| runtime().map(|runtime| (chooser, runtime))).transpose()?;
    let mut answers = Answers {
        searched,
        normalizer,
        chooser,
        format,
        top,
        explained,
        unlearnt,
        output,
        out,
        status: Status::Done,
        any: false,
        spared: 0,
    };
    if arguments.mentions.is_empty() {
        answers.all_lines(&mut io::stdin().lock())?;
    }
    for mention in &arguments.mentions {
        answers.answer(mention.trim())?;
        if answers.has_stopped() {
            break;
        }
    }
    answers.out.flush()?;
    answers.close()
}

/// Shows candidates while somebody types; what costs money is asked when a key says so, and told at the end.
fn interact(
    searched: &Searched,
    normalizer: &Normalizer,
    chooser: Option<&Chooser>,
    least: f32,
    output: &Output,
) -> anyhow::Result<Status> {
    let adviser = chooser.map(|chooser| chooser.adviser(normalizer));
    if let Some(chooser) = chooser {
        chooser.announce_key(output);
    }
    let reader = Normalizer::new(searched.retriever(), searched.tag(), interactive::TOP);
    let reader = reader.with_least_confidence(least).splitting();
    interactive::run(searched, reader, least, adviser, output.is_coloured())?;
    if let Some(chooser) = chooser {
        chooser.account(0, output);
    }
    Ok(Status::Done)
}

struct Answers<'a> {
    searched: Searched,
    normalizer: Normalizer,
    /// A model that may be asked, and what waits for it.
    chooser: Option<(Chooser, tokio::runtime::Runtime)>,
    format: Format,
    top: usize,
    /// Candidates that are explained, where any are.
    explained: Option<usize>,
    /// Why no candidate can be explained, where none can.
    unlearnt: Option<&'static str>,
    output: &'a Output,
    out: Box<dyn Write>,
    status: Status,
    any: bool,
    /// Mentions that no model was asked about.
    spared: u64,
}

impl Answers<'_> {
    /// Answers every line that is not blank, each before the next is read. One too long to keep is an error of its own.
    fn all_lines(&mut self, input: &mut dyn BufRead) -> anyhow::Result<()> {
        let mut line = Vec::new();
        loop {
            let bytes = read_line(input, &mut line)?;
            if bytes == 0 {
                return Ok(());
            }
            match std::str::from_utf8(&line).map(str::trim) {
                _ if bytes > line.len() => {
                    let mention = Mention::new(shorten(String::from_utf8_lossy(&line).trim(), LONGEST_NAME));
                    let failed = self.normalizer.failed(mention, normalize::Error::TooLong { bytes });
                    self.write(&failed)?;
                }
                Ok("") => {}
                Ok(mention) => self.answer(mention)?,
                Err(error) => {
                    let mention = Mention::new(String::from_utf8_lossy(&line).trim());
                    let failed = self.normalizer.failed(mention, normalize::Error::Row(Box::new(error)));
                    self.write(&failed)?;
                }
            }
            self.out.flush()?;
            if self.has_stopped() {
                return Ok(());
            }
        }
    }

    /// Whether nothing more can be asked.
    fn has_stopped(&self) -> bool {
        self.chooser.as_ref().is_some_and(|(chooser, _)| chooser.called.model.stopped().is_some())
    }

    /// Says what was asked, and how all of it went.
    fn close(self) -> anyhow::Result<Status> {
        let Some((chooser, _)) = &self.chooser else { return Ok(self.status) };
        let Some(error) = chooser.called.model.stopped() else {
            chooser.account(self.spared, self.output);
            return Ok(self.status);
        };
        if let Some(error) = chooser.called.failure() {
            return Err(error.into());
        }
        chooser.account(self.spared, self.output);
        self.output.warn(format_args!("stopped: {}", export::error_line(&**error)));
        Ok(Status::SomeFailed)
    }

    fn normalize(&mut self, mention: Mention) -> Normalization {
        let Some((_, runtime)) = &self.chooser else { return self.normalizer.normalize_by_retrieval(mention) };
        match self.normalizer.begin(mention) {
            Begun::Answered(answer) => {
                self.spared += u64::from(answer.error().is_none());
                answer
            }
            Begun::Doubtful(question) => runtime.block_on(self.normalizer.ask(question)),
        }
    }

    /// The answer to a mention, unless the service has failed before it ever answered: then all others would wait for
    /// it in vain.
    fn asked(&mut self, mention: &str) -> anyhow::Result<Normalization> {
        let answer = self.normalize(self.searched.mention(mention));
        let has_answered = self.chooser.as_ref().is_none_or(|(chooser, _)| chooser.called.has_done_something());
        match answer.outcome {
            Outcome::Failed(normalize::Error::Generate(error @ generate::Error::Service(_))) if !has_answered => {
                Err(error.into())
            }
            outcome => Ok(Normalization { outcome, ..answer }),
        }
    }

    fn answer(&mut self, mention: &str) -> anyhow::Result<()> {
        let id = Curie::parse(mention).ok();
        // What looks like an identifier is none of the words that names are made of, known or not.
        let found = match &id {
            Some(id) => self.searched.find(id)?,
            None => None,
        };
        let Some((id, (retriever, found))) = id.clone().zip(found) else {
            let unknown = match id.filter(Curie::is_catalogued) {
                Some(id) if self.searched.is_referred_to(&id)? => None,
                other => other,
            };
            if let Some(id) = unknown {
                self.output.warn(format_args!("`{id}` is not in `{}`", self.normalizer.ontology().name));
            }
            let answer = self.asked(mention)?;
            return self.write(&answer);
        };
        let names = retriever.index().names();
        if self.format == Format::Text {
            self.space()?;
            return concept::write(&mut self.out, &id, &found, names, self.output.width());
        }
        match &found {
            Found::Live(_) => {}
            Found::Merged(concept) => self.output.say(concept::merged(&id, concept)),
            Found::Retired(concept) => self.output.say(concept::retired(concept, names)?),
        }
        let answer = self.asked(mention)?;
        self.write(&answer)
    }

    fn write(&mut self, answer: &Normalization) -> anyhow::Result<()> {
        // What only is counted, and what could not be asked any more, is no answer.
        if self.chooser.as_ref().is_some_and(|(chooser, _)| chooser.called.is_rehearsal()) || self.has_stopped() {
            return Ok(());
        }
        if answer.error().is_some() {
            self.status = Status::SomeFailed;
        }
        let may_judge = self.chooser.is_some();
        match self.format {
            Format::Text => self.text(answer),
            Format::Tsv => self.tsv(answer),
            Format::Jsonl => match self.explained {
                Some(explained) => {
                    let explanations = self.explanations(answer, explained)?;
                    Ok(json::write_explained(&mut self.out, answer, may_judge, &explanations)?)
                }
                None => Ok(json::write_row(&mut self.out, answer, may_judge, &[])?),
            },
        }
    }

    /// A blank line between answers for people.
    fn space(&mut self) -> anyhow::Result<()> {
        if std::mem::replace(&mut self.any, true) {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn text(&mut self, answer: &Normalization) -> anyhow::Result<()> {
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

    fn explanations(&self, answer: &Normalization, explained: usize) -> Result<Vec<Explanation>, retrieve::Error> {
        if answer.candidates.is_empty() {
            return Ok(Vec::new());
        }
        // How many are asked for decides how far is looked: with another number it might be another order.
        let mut explanations = self.searched.explain(&answer.mention, self.top)?;
        explanations.truncate(explained);
        if self.chooser.is_some() {
            // What a model brought in has no explanation, and those behind it are not to have that of another.
            let found = self.searched.retriever().retrieve(&answer.mention, self.top)?.candidates;
            let same = found.iter().zip(&answer.candidates).take_while(|(found, shown)| found.id == shown.id).count();
            explanations.truncate(same);
        }
        Ok(explanations)
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

    fn tsv(&mut self, answer: &Normalization) -> anyhow::Result<()> {
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
fn ontology(candidate: &Candidate) -> &str {
    candidate.ontology.as_ref().map_or("", |ontology| ontology.name.as_str())
}

fn number(number: u32) -> String {
    number.to_string()
}

/// Reads a line and says how long it is, of which `line` keeps the first bytes: input may have no line end at all.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    let bytes = (&mut *input).take(LINE_BYTES as u64).read_until(b'\n', line)?;
    if bytes < LINE_BYTES || line.ends_with(b"\n") {
        return Ok(bytes);
    }
    Ok(bytes + input.skip_until(b'\n')?)
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
pub(super) fn chosen(answer: &Normalization) -> Option<String> {
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
pub(super) fn found_by(ranks: &Ranks) -> String {
    let channels = [("exact", ranks.exact), ("words", ranks.lexical), ("vector", ranks.vector), ("dense", ranks.dense)];
    let found = channels.iter().filter_map(|(channel, rank)| rank.map(|rank| format!("{channel} {rank}")));
    found.collect::<Vec<_>>().join(", ")
}

/// The text, cut to `length` characters where it is longer.
pub(super) fn shorten(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    #[test]
    fn of_a_line_without_end_only_the_first_bytes_are_kept() {
        let long = Cursor::new("one\n").chain(io::repeat(b'a').take(100 << 20)).chain(Cursor::new("\ntwo"));
        let (mut input, mut line) = (BufReader::new(long), Vec::new());
        assert_eq!((read_line(&mut input, &mut line).unwrap(), line.as_slice()), (4, &b"one\n"[..]));
        assert_eq!(read_line(&mut input, &mut line).unwrap(), (100 << 20) + 1);
        assert!(line.len() == LINE_BYTES && line.capacity() <= 4 * LINE_BYTES);
        assert_eq!((read_line(&mut input, &mut line).unwrap(), line.as_slice()), (3, &b"two"[..]));
        assert_eq!(read_line(&mut input, &mut line).unwrap(), 0);
    }
}
