//! The crate as its users write against it: what is here keeps compiling and meaning the same from release to release,
//! or the version says so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::sync::Arc;

use term2id::build::{self, Plan};
use term2id::embed::{self, Embedder, Encoders};
use term2id::generate::{self, Answering, Choice, Decision, Generator, Offer, Signature};
use term2id::normalize::{self, DecidedBy, Judgement, Outcome, Rule};
use term2id::ontology::{self, Concept, Curie, Draft, Name, Retirement, Scope, Tag};
use term2id::retrieve::{self, Description, Options, Ranks, Retrieval, Retriever, Scores, Tie};
use term2id::{Candidate, Hybrid, Index, Mention, Normalization, Normalizer, Ontology};

/// Three tools, of which one was retired, as one's own reader would hand them over.
fn tools() -> Ontology {
    let concept = |id: &str, names: &[&str]| {
        let mut concept = Concept::new(Curie::parse(id).unwrap());
        let scopes = [Scope::Label].into_iter().chain(std::iter::repeat(Scope::Exact));
        concept.names = names.iter().zip(scopes).map(|(text, scope)| Name::new(*text, scope)).collect();
        concept
    };
    let mut draft = Draft { name: Some("tools".to_owned()), version: Some("1".to_owned()), ..Draft::default() };
    let mut wrench = concept("TOOL:3", &["adjustable wrench", "monkey wrench"]);
    wrench.definition = Some("A wrench for nuts of many sizes.".to_owned());
    wrench.parents = vec![Curie::parse("TOOL:1").unwrap()];
    wrench.xrefs = vec!["WD:Q2".to_owned()];
    let mut spanner = concept("TOOL:9", &["obsolete spanner"]);
    let replaced_by = vec![Curie::parse("TOOL:3").unwrap()];
    spanner.retirement = Some(Retirement { replaced_by, ..Retirement::default() });
    draft.concepts = vec![(1, concept("TOOL:1", &["tool"])), (2, wrench), (3, spanner)];
    draft.odd(4, "the line has no identifier; passed over");
    Ontology::assemble(draft, "tools", "tools.txt").unwrap()
}

/// The folder of an index of the tools.
fn built(folder: &Path) -> Arc<Index> {
    let mut plan = Plan::new("tools");
    plan.epochs = 0;
    plan.deterministic = true;
    Arc::new(build::index(&tools(), &plan, folder).unwrap())
}

#[test]
fn an_ontology_is_read_built_opened_and_asked() {
    let ontology = tools();
    assert_eq!((ontology.name(), ontology.version(), ontology.concepts().len()), ("tools", Some("1"), 3));
    assert_eq!(ontology.concepts()[1].label(), "adjustable wrench");

    let folder = tempfile::tempdir().unwrap();
    built(folder.path());
    let index: Result<Index, term2id::index::Error> = Index::open(&folder.path().join("tools"));
    let hybrid: Result<Hybrid, retrieve::Error> = Hybrid::of(Arc::new(index.unwrap()));
    let normalizer: Normalizer = Normalizer::over(hybrid.unwrap(), 2);
    let tag: &Tag = normalizer.ontology();
    assert_eq!((tag.name.as_str(), tag.version.as_deref()), ("tools", Some("1")));

    let answer: Normalization = normalizer.normalize_by_retrieval(Mention::new("Monkey-Wrench"));
    let found: &Candidate = answer.answer().unwrap();
    assert_eq!((found.id.as_str(), found.id.prefix(), found.id.local()), ("TOOL:3", "TOOL", "3"));
    assert_eq!(
        (found.label.as_str(), found.name.as_str(), found.scope),
        ("adjustable wrench", "monkey wrench", Scope::Exact)
    );
    assert!(answer.error().is_none() && answer.decided_by == DecidedBy::Exact);

    let nothing = normalizer.normalize_by_retrieval(Mention::new("?"));
    assert!(nothing.answer().is_none() && matches!(nothing.outcome, Outcome::NoMatch));
    let mention = Mention { text: "wrench".repeat(normalize::MENTION_BYTES), ..Mention::default() };
    let failed = normalizer.normalize_by_retrieval(mention);
    assert!(matches!(failed.error(), Some(normalize::Error::TooLong { .. })));
    assert_eq!(failed.decided_by.as_str(), "error");
}

/// What can be read of an answer, with the types that it has.
#[test]
fn an_answer_has_these_parts() {
    let folder = tempfile::tempdir().unwrap();
    let normalizer = Normalizer::over(Hybrid::of(built(folder.path())).unwrap(), 10);
    let answer = normalizer.normalize_by_retrieval(Mention::new("wrench"));
    let Normalization { mention, outcome, candidates, confidence, tie, ontology, decided_by, judgement, .. } = &answer;
    let _: (&Mention, &Outcome, &Vec<Candidate>) = (mention, outcome, candidates);
    let _: (&Option<f32>, &Option<Tie>, &Tag, &DecidedBy) = (confidence, tie, ontology, decided_by);
    let _: &Option<Judgement> = judgement;
    let Mention { text, context, .. } = mention;
    let _: (&String, &Option<String>) = (text, context);
    let Candidate { id, label, name, scope, kind, language, ontology, score, ranks, scores, .. } = &candidates[0];
    let _: (&Curie, &String, &String, &Scope, &Option<String>) = (id, label, name, scope, kind);
    let _: (&Option<String>, &Option<Arc<Tag>>, &f32) = (language, ontology, score);
    let Ranks { exact, lexical, vector, dense, .. } = ranks;
    let _: [&Option<u32>; 4] = [exact, lexical, vector, dense];
    let Scores { lexical, vector, dense, .. } = scores;
    let _: [&Option<f32>; 3] = [lexical, vector, dense];
}

/// Knows one candidate, whatever is asked.
struct Fixed;

impl Retriever for Fixed {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
        assert!(limit > 0 && !mention.text.is_empty());
        let candidate = Candidate { score: 0.5, ..Candidate::new(Curie::parse("TOOL:1")?, "tool") };
        Ok(Retrieval { candidates: vec![candidate], confidence: Some(0.3), ..Retrieval::default() })
    }

    fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
        Ok(Description { definition: Some("A thing to work with.".to_owned()), ..Description::default() })
    }
}

/// Chooses what has a definition.
struct Defined;

impl Generator for Defined {
    fn signature(&self) -> Signature {
        Signature { model: "defined".to_owned(), prompt_hash: "1".to_owned() }
    }

    fn choose<'a>(&'a self, _: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision> {
        Box::pin(async move {
            let chosen = offers.iter().position(|offer| offer.description.definition.is_some());
            let choice = chosen.map_or(Choice::NoMatch, Choice::Offer);
            Ok(Decision { choice, reason: "it is defined".to_owned(), certainty: Some(0.8) })
        })
    }
}

#[tokio::test]
async fn a_retriever_and_a_generator_can_be_ones_own() {
    let tag = Tag { name: "tools".to_owned(), version: None };
    let normalizer = Normalizer::new(Arc::new(Fixed), tag, 5);
    assert_eq!(normalizer.normalize_by_retrieval(Mention::new("thing")).decided_by, DecidedBy::Retrieval);
    let unsure = normalizer.clone().with_least_confidence(0.5).normalize(Mention::new("thing")).await;
    assert!(unsure.is_unsure() && unsure.confidence == Some(0.3));

    let rule = Rule { always: true, ..Rule::default() };
    let answer = normalizer.with_generator(Arc::new(Defined), rule).normalize(Mention::new("thing")).await;
    assert!(matches!(answer.outcome, Outcome::Chosen(0)) && answer.decided_by == DecidedBy::Model);
    let judgement = answer.judgement.unwrap();
    assert_eq!((judgement.model.as_str(), judgement.reason.as_str()), ("defined", "it is defined"));
}

/// Counts characters.
struct Lengths(String);

impl Embedder for Lengths {
    fn id(&self) -> &str {
        &self.0
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, embed::Error> {
        let vector = |text: &&str| {
            let mut vector = vec![1.0, f32::from(u8::try_from(text.len()).unwrap_or(u8::MAX))];
            embed::scale_to_unit(&mut vector);
            vector
        };
        Ok(texts.iter().map(vector).collect())
    }
}

#[test]
fn an_embedder_can_be_ones_own_and_an_index_is_asked_with_its_own_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::new("tools");
    plan.epochs = 0;
    let lengths: Arc<dyn Embedder> = Arc::new(Lengths("lengths".to_owned()));
    let encoders = || Encoders { main: Arc::clone(&lengths), beside: None };
    let open = |_: &Arc<embed::ngram::NgramEmbedder>| Ok::<_, build::Error>(encoders());
    let index = Arc::new(build::index_with(&tools(), &plan, folder.path(), open, &|_, _, _| {}).unwrap());
    let hybrid = Hybrid::new(Arc::clone(&index), encoders(), &Options::default()).unwrap();
    let answer = Normalizer::over(hybrid, 1).normalize_by_retrieval(Mention::new("tool"));
    assert_eq!(answer.answer().unwrap().id.as_str(), "TOOL:1");
    assert!(matches!(Hybrid::of(index), Err(retrieve::Error::OtherEncoder { .. })));
}

/// Futures and values go where threads go, and errors where errors go.
#[test]
fn all_of_it_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    shared::<(Index, Hybrid, Normalizer, Ontology)>();
    shared::<(Normalization, Candidate, Mention, Curie)>();
    shared::<(Arc<dyn Embedder>, Arc<dyn Retriever>, Arc<dyn Generator>)>();
    error::<build::Error>();
    error::<embed::Error>();
    error::<generate::Error>();
    error::<normalize::Error>();
    error::<ontology::Error>();
    error::<ontology::curie::Error>();
    error::<retrieve::Error>();
    error::<term2id::index::Error>();
}
