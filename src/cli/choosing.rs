//! Letting a model choose: when it is asked and about what.

use std::sync::Arc;

use anyhow::bail;

use super::calling::{Called, Calling, Wanted};
use super::index::counted;
use super::interactive::Adviser;
use super::open::Services;
use super::output::Output;
use super::searched::Searched;
use crate::generate::Generator;
use crate::normalize::{Normalizer, Rule};

/// The heading of their flags in the help.
const HEADING: &str = "Let a model choose";

/// Which model is asked about what, and at which cost.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Choosing {
    /// The model that chooses among the candidates, as its service calls it: `gpt-4o`, `llama3.1`. The service is
    /// `OpenAI`'s, or the one at --base-url; without --model nothing is ever asked
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// When it is asked [default: unsure with --model, else never]
    #[arg(long, value_enum)]
    ask: Option<Ask>,
    /// Unsure is what retrieval is less sure of than this, from 0 to 1, and what it cannot estimate; never the name of
    /// one concept and no other
    #[arg(long, requires = "model", value_name = "P", default_value_t = 0.9, value_parser = super::sureness::share)]
    ask_below: f32,
    /// Candidates it chooses among
    #[arg(long, requires = "model", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    offer: u16,
    /// Let its own answer (a symbol, a name) join the candidates where the index has it: one more call a mention
    #[arg(long, requires = "model")]
    propose: bool,
    /// When it chooses none, ask it for other names, look for these too, and ask again
    #[arg(long, requires = "model")]
    rewrite: bool,
    #[command(flatten)]
    calling: Calling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Ask {
    /// Never
    Never,
    /// Where retrieval is unsure
    Unsure,
    /// About every mention that has candidates
    Always,
}

/// A model, and when it is asked.
pub(super) struct Chooser {
    pub(super) called: Called,
    pub(super) rule: Rule,
    /// Whether retrieval knows how sure it is.
    is_learnt: bool,
}

impl Choosing {
    /// Prepares the model, where one is to be asked. Nothing is sent.
    pub(super) fn open(&self, services: &Services, searched: &Searched) -> anyhow::Result<Option<Chooser>> {
        let name = match (&self.model, self.ask) {
            (_, Some(Ask::Never)) | (None, None) => {
                if self.calling.is_rehearsal() {
                    bail!("`--dry-run` counts what a model would be asked, and none would be");
                }
                return Ok(None);
            }
            (None, Some(_)) => bail!("`--ask` needs a model to ask: `--model NAME`"),
            (Some(name), _) => name,
        };
        let rule = Rule {
            always: self.ask == Some(Ask::Always),
            below: self.ask_below,
            offered: usize::from(self.offer),
            propose: self.propose,
            rewrite: self.rewrite,
        };
        let wanted = Wanted { name, url: None, is_apart: false };
        let called = self.calling.open(wanted, services, &searched.title(), &self.calling.recording(None)?)?;
        Ok(Some(Chooser { called, rule, is_learnt: searched.is_learnt()? }))
    }
}

impl Chooser {
    /// The same normalizer, with the model asked by the rule.
    pub(super) fn added_to(&self, normalizer: Normalizer) -> Normalizer {
        normalizer.with_generator(Arc::clone(&self.called.model) as Arc<dyn Generator>, self.rule)
    }

    /// Mentions that are worked on at once: twice as many as calls, so that no call waits for a prompt to be made; but
    /// where calls are counted no more than are allowed, so that they go to the first mentions.
    pub(super) fn at_once(&self) -> usize {
        let options = self.called.model.options();
        match options.limits.calls {
            Some(calls) => options.concurrency.min(usize::try_from(calls).unwrap_or(usize::MAX)).max(1),
            None => 2 * options.concurrency,
        }
    }

    /// The model for who presses a key to ask it, whatever the rule says of when.
    pub(super) fn adviser(&self, normalizer: &Normalizer) -> Adviser {
        let rule = Rule { always: true, ..self.rule };
        let model = &self.called.model;
        let normalizer = normalizer.clone().with_generator(Arc::clone(model) as Arc<dyn Generator>, rule);
        Adviser { model: model.name().to_owned(), offered: rule.offered, normalizer }
    }

    /// Says, before anything is sent, who is asked about what, what that costs, and where it ends.
    pub(super) fn announce(&self, output: &Output) {
        let Rule { always, below, .. } = self.rule;
        let about = match always {
            true => "about every mention".to_owned(),
            false if self.is_learnt => format!("where retrieval is under {}% sure", (below * 1000.0).round() / 10.0),
            // Nothing says how sure retrieval is.
            false => "about all but names of one concept".to_owned(),
        };
        self.called.announce(&about, output);
    }

    /// The same for who presses a key to ask.
    pub(super) fn announce_key(&self, output: &Output) {
        self.called.announce("at Ctrl-G", output);
    }

    /// Says what was asked and what that came to; `spared` mentions were not asked about.
    pub(super) fn account(&self, spared: u64, output: &Output) {
        if !self.called.is_rehearsal() {
            return output.say(self.called.account(spared));
        }
        let spared = counted(spared, "mention");
        output.say(format_args!("nothing was sent. {}, {spared} not asked about", self.called.forecast()));
        let rewrite = if self.rule.rewrite { ", one of none up to two (`--rewrite`)" } else { "" };
        output.say(format_args!("each answer that cannot be used takes one call more{rewrite}"));
    }
}
