//! `term2id query`: the concepts that a few words may mean.

mod text;
mod tsv;

use std::io::{self, BufRead, IsTerminal as _, Read as _, Write};
use std::path::Path;

use anyhow::bail;

pub(super) use text::{chosen, found_by, shorten};

use super::choosing::{Chooser, Choosing};
use super::output::Output;
use super::references::References;
use super::searched::Searched;
use super::sureness::{self, Sureness};
use super::{Status, concept, explain, interactive, open};
use crate::export::{self, json};
use crate::generate;
use crate::index::Found;
use crate::normalize::{self, Begun, Normalization, Normalizer, Outcome};
use crate::ontology::Curie;
use crate::retrieve::{self, Explanation, Mention};

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
    /// Answer every mention with one concept: split none into its parts, take off neither negation, side nor severity
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
