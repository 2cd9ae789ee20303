//! Models that are measured: alone, and choosing among what was retrieved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use tokio::runtime::Runtime;

use crate::cli::calling::{Called, Calling, Wanted, title};
use crate::cli::index::count;
use crate::cli::open::{self, OWN_KEY, Services};
use crate::cli::output::Output;
use crate::evaluate;
use crate::evaluate::dataset::{Case, Dataset};
use crate::evaluate::identifiers::Identifiers;
use crate::evaluate::metrics::DEEPEST;
use crate::evaluate::report::summary::Measured;
use crate::evaluate::report::{SystemKind, SystemTag};
use crate::evaluate::system::asking::{self, Manner};
use crate::evaluate::system::{Answer, Said};
use crate::generate::budget::Spending;
use crate::generate::model::Model;
use crate::generate::prompt::Prompt;
use crate::generate::{self, Generator};
use crate::normalize::{Normalizer, Rule};
use crate::retrieve::{Hybrid, Retriever};
use crate::service;

/// Which models are measured, and how they are asked.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Ask models")]
pub(super) struct Asked {
    /// Measure this model, as its service calls it: `gpt-4o`, `ft:gpt-4o-mini:lab::id`; again for each further one. The
    /// service is the one at --base-url, or one of the model's own: `llama3.1@http://localhost:11434/v1`. The key of
    /// such services is read from `TERM2ID_API_KEY`; `OPENAI_API_KEY` is never sent to them
    #[arg(long, value_name = "NAME[@URL]", value_parser = named)]
    model: Vec<Named>,
    /// Ask it alone (plain), to choose among what was retrieved (rag), or both
    #[arg(long, requires = "model", value_enum, value_delimiter = ',', default_values_t = [Way::Plain, Way::Rag])]
    systems: Vec<Way>,
    /// Candidates it chooses among: a system for each number, such as 1,2,5,10,20,50
    #[arg(long, requires = "model", value_name = "N", value_delimiter = ',', default_value = "10", value_parser = clap::value_parser!(u16).range(1..=100))]
    k: Vec<u16>,
    /// Whether it is shown the sentence around a mention
    #[arg(long, requires = "model", value_enum, default_value_t = Context::With)]
    context: Context,
    #[command(flatten)]
    calling: Calling,
}

/// A model, and the address of its service where it has one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    name: String,
    url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Way {
    /// By heart
    Plain,
    /// Among what was retrieved
    Rag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Context {
    /// It is, where there is one
    With,
    /// It is not
    Without,
    /// Each is a system of its own
    Both,
}

/// A model of the command line; an address begins at the last `@http://` or `@https://`.
fn named(text: &str) -> Result<Named, String> {
    let at = ["@http://", "@https://"].iter().filter_map(|start| text.rfind(start)).max();
    let (name, url) = at.map_or((text, None), |at| (&text[..at], Some(text[at + 1..].to_owned())));
    if name.trim().is_empty() {
        return Err("expected the name of a model".to_owned());
    }
    Ok(Named { name: name.to_owned(), url })
}

/// The models that are measured over one index.
pub(super) struct Models {
    opened: Vec<Opened>,
    systems: Vec<System>,
    retriever: Arc<Hybrid>,
    /// What keeps connections from one system to the next.
    runtime: Runtime,
    cassette: Option<PathBuf>,
}

struct Opened {
    called: Called,
    /// Whether its service is another than the usual one, and so its key.
    has_own_key: bool,
}

/// One way of asking one model.
pub(super) struct System {
    pub(super) tag: SystemTag,
    /// Its place among the models.
    model: usize,
    /// `plain`, or `rag k=10 without context`.
    way: String,
}

/// What a system answered, and what that took.
pub(super) struct Answered {
    /// In the order of the cases.
    pub(super) answers: Vec<Answer>,
    /// How many were asked about at once.
    pub(super) at_once: usize,
    before: Spending,
    after: Spending,
}

impl Answered {
    /// The answers judged, with what they took.
    pub(super) fn measured(self, system: &str, dataset: &Dataset, identifiers: &Identifiers) -> Measured {
        let Self { answers, at_once, before, after } = self;
        let measured = Measured::new(system, dataset, answers, identifiers);
        // What stands twice is asked once.
        let distinct = dataset.cases.iter().zip(&measured.judged).filter(|(case, _)| case.is_first);
        let right = distinct.filter(|(_, judged)| judged.is_right()).count();
        Measured { at_once, usage: Some(asking::usage(&before, &after, right)), ..measured }
    }
}

impl Asked {
    /// Whether any models are to be asked.
    pub(super) const fn asks_models(&self) -> bool {
        !self.model.is_empty()
    }

    /// Prepares the models, where any are to be asked. Nothing is sent. What they answer is kept at `usual` where no
    /// other cassette is named.
    pub(super) fn open(
        &self,
        services: &Services,
        retriever: &Arc<Hybrid>,
        usual: Option<&Path>,
    ) -> anyhow::Result<Option<Models>> {
        if self.model.is_empty() {
            return Ok(None);
        }
        let recording = self.calling.recording(usual)?;
        let mut models = Vec::new();
        for Named { name, url } in &self.model {
            let is_apart = self.model.iter().filter(|other| other.name == *name).count() > 1;
            let wanted = Wanted { name, url: url.as_deref(), is_apart };
            let called = self.calling.open(wanted, services, &title(retriever), &recording)?;
            let has_own_key = url.as_deref().is_some_and(|url| !services.is_usual(url));
            models.push(Opened { called, has_own_key });
        }
        let mut seen = BTreeSet::new();
        let mut places = models.iter().map(|opened| (opened.called.model.name(), opened.called.model.url()));
        if let Some((name, url)) = places.find(|place| !seen.insert(*place)) {
            bail!("`{name}` at {url} is to be measured twice");
        }
        let systems = self.systems(&models);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Some(Models {
            opened: models,
            systems,
            retriever: Arc::clone(retriever),
            runtime,
            cassette: recording.place,
        }))
    }

    /// Every way of asking every model.
    fn systems(&self, models: &[Opened]) -> Vec<System> {
        let offered: BTreeSet<u16> = self.k.iter().copied().collect();
        let mut ways = Vec::new();
        if self.systems.contains(&Way::Plain) {
            ways.push(None);
        }
        if self.systems.contains(&Way::Rag) {
            ways.extend(offered.into_iter().map(|offered| Some(usize::from(offered))));
        }
        let contexts = match self.context {
            Context::With => &[true][..],
            Context::Without => &[false],
            Context::Both => &[true, false],
        };
        let mut systems = Vec::new();
        for (place, opened) in models.iter().enumerate() {
            for &offered in &ways {
                systems.extend(contexts.iter().map(|&has_context| System::new(opened, place, offered, has_context)));
            }
        }
        systems
    }
}

impl System {
    /// A model that chooses among so many, or answers by heart.
    fn new(opened: &Opened, place: usize, offered: Option<usize>, has_context: bool) -> Self {
        let model = &opened.called.model;
        let (kind, way, prompt) = match offered {
            None => (SystemKind::Plain, "plain".to_owned(), Prompt::Plain),
            Some(offered) => (SystemKind::Rag, format!("rag k={offered}"), Prompt::Choose),
        };
        let way = if has_context { way } else { format!("{way} without context") };
        let tag = SystemTag {
            name: format!("{} {way}", opened.called.name()),
            kind,
            model: Some(model.name().to_owned()),
            url: Some(model.url().to_owned()),
            offered,
            has_context,
            prompt_hash: Some(model.prompt_hash(prompt).to_owned()),
        };
        Self { tag, model: place, way }
    }
}

impl Models {
    /// Every way of asking every model.
    pub(super) fn systems(&self) -> &[System] {
        &self.systems
    }

    /// Whether questions are only counted, so that there are no answers.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.opened.iter().any(|opened| opened.called.is_rehearsal())
    }

    /// Whether answers outlive the run, or nothing is asked.
    pub(super) fn is_kept(&self) -> bool {
        self.cassette.is_some() || self.is_rehearsal()
    }

    /// Says, before anything is sent, who is asked, what that costs, and where it ends.
    pub(super) fn announce(&self, output: &Output) {
        for (place, opened) in self.opened.iter().enumerate() {
            let ways = self.systems.iter().filter(|system| system.model == place).map(|system| system.way.as_str());
            opened.called.announce(&format!("for {}", ways.collect::<Vec<_>>().join(", ")), output);
        }
    }

    /// Says what each model was asked and what that came to.
    pub(super) fn account(&self, output: &Output) {
        for Opened { called, .. } in &self.opened {
            if called.is_rehearsal() {
                output.say(format_args!("{}: nothing was sent. {}", called.name(), called.forecast()));
            } else {
                output.say(called.account(0));
            }
        }
        if self.is_rehearsal() {
            output.say("each choice that cannot be used takes one call more");
        }
    }

    /// Asks one of the systems about all cases. Where it cannot go on, what was answered is in the cassette, and the same
    /// command goes on from there.
    pub(super) fn answer(
        &self,
        system: &System,
        cases: &[Case],
        identifiers: &Identifiers,
        output: &Output,
    ) -> anyhow::Result<Answered> {
        let Opened { called, has_own_key } = &self.opened[system.model];
        let bar = output.progress("asking", Some(cases.len() as u64));
        bar.set_message(system.tag.name.clone());
        let manner = Manner {
            with_context: system.tag.has_context,
            at_once: called.questions_at_once(),
            progress: &|done| bar.set_position(done as u64),
        };
        let before = called.model.spending();
        let answers = match system.tag.offered {
            None => self.runtime.block_on(asking::plain(called.model.as_ref(), identifiers, cases, manner)),
            Some(offered) => {
                let normalizer = self.normalizer(&called.model, offered);
                self.runtime.block_on(asking::rag(&normalizer, cases, manner))
            }
        };
        bar.finish_and_clear();
        let answers = answers.map_err(|source| {
            let is_written = !called.model.options().replay_only;
            if let Some(cassette) = self.cassette.as_ref().filter(|_| is_written) {
                let cassette = cassette.display();
                output.say(format_args!("what was answered is in `{cassette}`: the same command goes on from there"));
            }
            self.account(output);
            Error { system: system.tag.name.clone(), has_own_key: *has_own_key, source }
        })?;
        if !called.is_rehearsal() {
            warn_of_none(&system.tag.name, &answers, output);
        }
        let after = called.model.spending();
        Ok(Answered { answers, at_once: manner.at_once, before, after })
    }

    /// Retrieval with that model, which is always asked.
    fn normalizer(&self, model: &Arc<Model>, offered: usize) -> Normalizer {
        let rule = Rule { always: true, offered, propose: false, rewrite: false, ..Rule::default() };
        let retriever = Arc::clone(&self.retriever) as Arc<dyn Retriever>;
        open::normalizer(self.retriever.index(), retriever, DEEPEST.max(offered))
            .with_generator(Arc::clone(model) as Arc<dyn Generator>, rule)
    }
}

/// Says how many cases have no answer, since they count as wrong.
pub(super) fn warn_of_none(system: &str, answers: &[Answer], output: &Output) {
    let reasons = answers.iter().filter_map(|answer| match &answer.said {
        Said::Nothing(reason) => Some(reason.as_str()),
        _ => None,
    });
    let reasons: Vec<&str> = reasons.collect();
    if let [first, ..] = reasons.as_slice() {
        let (none, all) = (count(reasons.len() as u64), count(answers.len() as u64));
        output.warn(format_args!(
            "`{system}` has no answer to {none} of {all} cases, which count as wrong; first: {first}"
        ));
    }
}

/// Why a model could not be measured.
#[derive(Debug, thiserror::Error)]
#[error("cannot measure `{system}`")]
pub(in crate::cli) struct Error {
    system: String,
    has_own_key: bool,
    source: evaluate::Error,
}

impl Error {
    /// What to type next, where that is not the same as for models of the usual service.
    pub(in crate::cli) fn hint(&self) -> Option<String> {
        let evaluate::Error::Generate(error) = &self.source else { return None };
        let mut error = error;
        while let generate::Error::Stopped(reason) = error {
            error = reason;
        }
        match error {
            generate::Error::Service(service::Error::Unauthorized { url }) if self.has_own_key => Some(format!(
                "`{OWN_KEY}` holds the key of services that are named beside a model: set it to one that `{url}` gave you"
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::embed::{Embedder, Encoders};
    use crate::index::Index;
    use crate::ontology::{Concept, Curie, Draft, Name, Ontology, Scope};
    use crate::retrieve::{Mention, Options};

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        services: Services,
        #[command(flatten)]
        asked: Asked,
    }

    const USUAL: &str = "http://127.0.0.1:1/v1";

    /// What was typed, asked at a usual service that is not there.
    fn typed(line: &str) -> Result<Line, clap::Error> {
        Line::try_parse_from(["bench", "--base-url", USUAL].into_iter().chain(line.split_whitespace()))
    }

    fn ontology() -> Ontology {
        let concept = |id: &str, label: &str| {
            let mut concept = Concept::new(Curie::parse(id).unwrap());
            concept.names = vec![Name::new(label.to_owned(), Scope::Label)];
            (0, concept)
        };
        let concepts = vec![concept("HP:0001176", "Large hands"), concept("HP:0200055", "Small hand")];
        Ontology::assemble(Draft { concepts, ..Draft::default() }, "hp", "hp.obo").unwrap()
    }

    fn retriever(folder: &Path) -> Arc<Hybrid> {
        let index = Arc::new(Index::made(&ontology(), folder, "ngram", None, None));
        let encoders = Encoders { main: Arc::clone(index.parts().table()) as Arc<dyn Embedder>, beside: None };
        Arc::new(Hybrid::new(index, encoders, &Options::default()).unwrap())
    }

    fn cases(texts: &[&str]) -> Vec<Case> {
        let case = |text: &&str| Case {
            mention: Mention { context: Some(format!("He has {text}.")), ..Mention::new(*text) },
            line: 1,
            is_first: true,
            ..Case::default()
        };
        texts.iter().map(case).collect()
    }

    #[test]
    fn an_address_begins_at_the_last_at_sign_before_a_scheme() {
        let of = |text: &str| named(text).map(|Named { name, url }| (name, url));
        let name = |name: &str, url: Option<&str>| Ok((name.to_owned(), url.map(str::to_owned)));
        assert_eq!(of("ft:gpt-4o-mini:lab::id"), name("ft:gpt-4o-mini:lab::id", None));
        assert_eq!(of("llama3@http://a:1/v1"), name("llama3", Some("http://a:1/v1")));
        assert_eq!(of("me/llama@v2@https://a/v1"), name("me/llama@v2", Some("https://a/v1")));
        assert_eq!(of("llama@latest"), name("llama@latest", None));
        assert!(of("@http://a/v1").is_err() && of(" ").is_err());
    }

    #[test]
    fn every_way_of_asking_every_model_is_a_system_with_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let retriever = retriever(folder.path());
        let names = |line: &str| {
            let Line { services, asked } = typed(&format!("--dry-run {line}")).unwrap();
            let models = asked.open(&services, &retriever, None).unwrap().unwrap();
            models.systems().iter().map(|system| system.tag.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("--model gpt-4o"), ["gpt-4o plain", "gpt-4o rag k=10"]);
        assert_eq!(names("--model a --systems rag --k 5,1,5"), ["a rag k=1", "a rag k=5"]);
        assert_eq!(
            names("--model a --model b --systems plain --context both"),
            ["a plain", "a plain without context", "b plain", "b plain without context"]
        );
        assert_eq!(
            names("--model a --model a@http://127.0.0.1:2/v1 --systems plain"),
            ["a@http://127.0.0.1:1/v1 plain", "a@http://127.0.0.1:2/v1 plain"]
        );
        let Line { services, asked } = typed(&format!("--dry-run --model a --model a@{USUAL}")).unwrap();
        let error = asked.open(&services, &retriever, None).err().unwrap();
        assert_eq!(error.to_string(), format!("`a` at {USUAL} is to be measured twice"));
    }

    #[test]
    fn what_a_report_says_of_a_system_is_how_it_was_asked() {
        let folder = tempfile::tempdir().unwrap();
        let Line { services, asked } = typed("--dry-run --model a --k 3 --context without").unwrap();
        let models = asked.open(&services, &retriever(folder.path()), None).unwrap().unwrap();
        let tag = |at: usize| &models.systems()[at].tag;
        assert_eq!((tag(0).kind, tag(0).offered, tag(0).has_context), (SystemKind::Plain, None, false));
        assert_eq!((tag(1).kind, tag(1).offered, tag(1).url.as_deref()), (SystemKind::Rag, Some(3), Some(USUAL)));
        assert!(tag(0).prompt_hash.is_some() && tag(0).prompt_hash != tag(1).prompt_hash);
    }

    #[test]
    fn without_a_model_nobody_is_asked_and_its_flags_need_one() {
        let folder = tempfile::tempdir().unwrap();
        let Line { services, asked } = typed("").unwrap();
        assert!(asked.open(&services, &retriever(folder.path()), None).unwrap().is_none());
        for line in ["--k 5", "--systems plain", "--context both", "--dry-run", "--max-calls 5"] {
            assert!(typed(line).is_err(), "{line}");
        }
        for line in ["--model a --k 0", "--model a --k 101", "--model a --systems both"] {
            assert!(typed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_rehearsal_counts_the_questions_of_all_systems_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("report/answers.cassette");
        let Line { services, asked } = typed("--dry-run --model a --k 1,2").unwrap();
        let models = asked.open(&services, &retriever(folder.path()), Some(&usual)).unwrap().unwrap();
        assert!(models.is_rehearsal() && !usual.parent().unwrap().exists());
        let (output, identifiers) = (Output::new(true), Identifiers::new(Arc::new(ontology())));
        for system in models.systems() {
            let answered = models.answer(system, &cases(&["hand", "hands", "hand"]), &identifiers, &output).unwrap();
            assert_eq!((answered.answers.len(), answered.at_once), (3, 8));
        }
        assert_eq!(models.opened[0].called.model.spending().rehearsed.calls, 6);
    }

    #[test]
    fn a_replay_that_misses_ends_with_the_system_that_could_not_be_measured() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("report/answers.cassette");
        let retriever = retriever(folder.path());
        let Line { services, asked } = typed("--model a").unwrap();
        drop(asked.open(&services, &retriever, Some(&usual)).unwrap());
        assert!(usual.exists());
        let Line { services, asked } = typed("--model a --replay-only").unwrap();
        assert!(asked.open(&services, &retriever, None).is_err());
        let models = asked.open(&services, &retriever, Some(&usual)).unwrap().unwrap();
        let (output, identifiers) = (Output::new(true), Identifiers::new(Arc::new(ontology())));
        let error = models.answer(&models.systems()[0], &cases(&["hand"]), &identifiers, &output).err().unwrap();
        let told: Vec<String> = error.chain().map(ToString::to_string).collect();
        assert_eq!(told[..2], ["cannot measure `a plain`", "cannot go on asking the model"]);
        assert_eq!(told[2], "the cassette has no answer to this, and nothing may be asked");
    }

    #[test]
    fn the_hint_for_a_key_names_where_that_key_is_read_from() {
        let unauthorized = || generate::Error::from(service::Error::Unauthorized { url: "http://a/v1".to_owned() });
        for (has_own_key, is_hinted) in [(true, true), (false, false)] {
            let source = generate::Error::Stopped(Arc::new(unauthorized())).into();
            let error = Error { system: "a plain".to_owned(), has_own_key, source };
            assert_eq!(error.hint().is_some_and(|hint| hint.contains("`TERM2ID_API_KEY`")), is_hinted);
        }
    }
}
