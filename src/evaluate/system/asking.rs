//! Language models: asked alone, or to choose among what was retrieved.
//!
//! A mention is asked about once, however often it stands among the cases. When nothing more can be asked, nothing more
//! is: what is under way is let come in, since a cassette then has it, and the run ends with the reason.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::{Answer, Said, concept, ranking};
use crate::evaluate::Error;
use crate::evaluate::dataset::Case;
use crate::evaluate::identifiers::Identifiers;
use crate::evaluate::report::Usage;
use crate::generate::budget::Spending;
use crate::generate::{self, Generator};
use crate::normalize::{self, Normalization, Normalizer, Outcome, error_line};
use crate::retrieve::Mention;

/// How long calls that are under way may still take when the run stops.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// How cases are put to a model.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// Whether it sees the sentences around the mentions.
    pub with_context: bool,
    /// How many are asked about at once. No more than the model lets be under way: waiting would count as answering.
    pub at_once: usize,
    /// Told how many cases have their answers.
    pub progress: &'a dyn Fn(usize),
}

/// What a model answers alone. An identifier leads to its concept; whether there is one is left to the judge.
///
/// # Errors
/// [`Error::Generate`] where nothing more can be asked. What fails for one mention is its answer.
pub async fn plain(
    generator: &dyn Generator,
    identifiers: &Identifiers,
    cases: &[Case],
    manner: Manner<'_>,
) -> Result<Vec<Answer>, Error> {
    let answer = async |mention: Mention| {
        let said = match generator.identify(&mention).await {
            Ok(Some(text)) => Said::Identifier(text),
            Ok(None) => Said::NoMatch,
            Err(error) => failed(error)?,
        };
        let concept = concept(&said, identifiers);
        Ok(Answer { said, ranking: concept.into_iter().collect(), confidence: None, seconds: None })
    };
    answers(cases, manner, answer).await
}

/// What `normalizer` answers, whose generator chooses among candidates. Candidates that the generator was not offered are
/// ranked as well: as many as recall is told for must be in the normalizer's answers.
///
/// # Errors
/// [`Error::Generate`] where nothing more can be asked, [`Error::Retrieve`] where retrieval fails. What fails for one
/// mention is its answer.
pub async fn rag(normalizer: &Normalizer, cases: &[Case], manner: Manner<'_>) -> Result<Vec<Answer>, Error> {
    answers(cases, manner, async |mention| chosen(normalizer.normalize(mention).await)).await
}

/// What was asked of a model between two moments, of which so many right answers came.
pub fn usage(before: &Spending, after: &Spending, right: usize) -> Usage {
    let all = |of: fn(&generate::budget::Calls) -> u64| {
        of(&after.asked) + of(&after.known) - of(&before.asked) - of(&before.known)
    };
    let dollars = after.asked.dollars + after.known.dollars - before.asked.dollars - before.known.dollars;
    let dollars = after.is_priced.then_some(dollars);
    Usage {
        calls: all(|calls| calls.calls),
        replayed: after.known.calls - before.known.calls,
        prompt_tokens: all(|calls| calls.prompt_tokens),
        answer_tokens: all(|calls| calls.answer_tokens),
        dollars,
        dollars_per_1000_right: dollars.filter(|_| right > 0).map(|dollars| 1000.0 * dollars / right as f64),
    }
}

/// The answer that a normalization is: what was chosen first, then the other candidates.
fn chosen(normalization: Normalization) -> Result<Answer, Error> {
    let mut ranking = ranking(&normalization);
    let Normalization { outcome, confidence, .. } = normalization;
    let said = match outcome {
        Outcome::Chosen(_) | Outcome::Composite => Said::Identifier(ranking[0].to_string()),
        Outcome::NoMatch => Said::NoMatch,
        Outcome::Failed(normalize::Error::Generate(error)) => failed(error)?,
        Outcome::Failed(normalize::Error::Retrieve(error)) => return Err(error.into()),
        Outcome::Failed(error) => Said::Nothing(error_line(&error)),
    };
    // Who gave no answer ranks nothing.
    if matches!(said, Said::Nothing(_)) {
        ranking.clear();
    }
    Ok(Answer { said, ranking, confidence, seconds: None })
}

/// What a failed question counts as, unless nothing else can be asked either.
fn failed(error: generate::Error) -> Result<Said, Error> {
    match error {
        error if error.stops() => Err(error.into()),
        generate::Error::NotOffered { .. } => Ok(Said::NotOffered),
        error => Ok(Said::Nothing(error_line(&error))),
    }
}

/// The cases' positions by what is asked about them, each mention once, in the order in which they come.
fn questions(cases: &[Case], with_context: bool) -> Vec<(Mention, Vec<usize>)> {
    let mut known: HashMap<(&str, Option<&str>, Option<&str>), usize> = HashMap::new();
    let mut questions: Vec<(Mention, Vec<usize>)> = Vec::new();
    for (at, Case { mention, .. }) in cases.iter().enumerate() {
        let context = mention.context.as_deref().filter(|_| with_context);
        let place = *known.entry((&mention.text, context, mention.species.as_deref())).or_insert(questions.len());
        if place == questions.len() {
            let (context, species) = (context.map(str::to_owned), mention.species.clone());
            questions.push((Mention { context, species, ..Mention::new(&*mention.text) }, Vec::new()));
        }
        questions[place].1.push(at);
    }
    questions
}

/// The answers to all cases, in their order.
async fn answers(
    cases: &[Case],
    manner: Manner<'_>,
    answer: impl AsyncFn(Mention) -> Result<Answer, Error>,
) -> Result<Vec<Answer>, Error> {
    let mut waiting = questions(cases, manner.with_context).into_iter();
    let mut answers: Vec<Option<Answer>> = vec![None; cases.len()];
    let mut done = 0;
    let timed = async |(mention, places): (Mention, Vec<usize>)| {
        let start = Instant::now();
        let answer = answer(mention).await;
        let seconds = Some(start.elapsed().as_secs_f64());
        (places, answer.map(|answer| Answer { seconds, ..answer }))
    };
    let mut under_way = FuturesUnordered::new();
    under_way.extend(waiting.by_ref().take(manner.at_once.max(1)).map(&timed));
    while let Some((places, answer)) = under_way.next().await {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let end = tokio::time::Instant::now() + LAST_CALLS;
                while let Ok(Some(_)) = tokio::time::timeout_at(end, under_way.next()).await {}
                return Err(error);
            }
        };
        under_way.extend(waiting.next().map(&timed));
        done += places.len();
        // It was asked about once, so only once it took its time.
        for &place in &places[1..] {
            answers[place] = Some(Answer { seconds: None, ..answer.clone() });
        }
        answers[places[0]] = Some(answer);
        (manner.progress)(done);
    }
    Ok(answers.into_iter().map(|answer| answer.expect("every case belongs to a question")).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, atomic::AtomicU64};

    use super::*;
    use crate::generate::budget::Calls;
    use crate::generate::{Answering, Choice, Decision, Offer, Signature};
    use crate::normalize::{OntologyTag, Rule};
    use crate::ontology::Curie;
    use crate::ontology::{Concept, Draft, Name, Ontology, Retirement, Scope};
    use crate::retrieve::{self, Candidate, Description, Ranks, Retrieval, Retriever, Scores};

    /// Says what its script says to a text, the later the longer that is; notes what it is asked.
    struct Scripted {
        script: fn(&str) -> Result<Said, generate::Error>,
        asked: Mutex<Vec<Mention>>,
        under_way: AtomicUsize,
        most_under_way: AtomicUsize,
    }

    impl Scripted {
        fn new(script: fn(&str) -> Result<Said, generate::Error>) -> Arc<Self> {
            let [under_way, most_under_way] = [0; 2].map(AtomicUsize::new);
            Arc::new(Self { script, asked: Mutex::default(), under_way, most_under_way })
        }

        async fn say(&self, mention: &Mention) -> Result<Said, generate::Error> {
            self.asked.lock().unwrap().push(mention.clone());
            let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_under_way.fetch_max(now, Ordering::SeqCst);
            for _ in 0..mention.text.len() {
                tokio::task::yield_now().await;
            }
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            (self.script)(&mention.text)
        }

        fn count(&self) -> usize {
            self.asked.lock().unwrap().len()
        }
    }

    impl Generator for Scripted {
        fn signature(&self) -> Signature {
            Signature { model: "tiny".to_owned(), prompt_hash: String::new() }
        }

        /// The offer with the identifier that the script says.
        fn choose<'a>(&'a self, mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision> {
            Box::pin(async {
                let choice = match self.say(mention).await? {
                    Said::Identifier(id) => {
                        let at = offers.iter().position(|offer| offer.candidate.id.as_str() == id);
                        Choice::Offer(at.ok_or(generate::Error::NotOffered { answer: id })?)
                    }
                    _ => Choice::NoMatch,
                };
                Ok(Decision { choice, reason: String::new(), certainty: Some(0.75) })
            })
        }

        fn propose<'a>(&'a self, _: &'a Mention) -> Answering<'a, Vec<String>> {
            unreachable!("nobody asks for proposals")
        }

        fn identify<'a>(&'a self, mention: &'a Mention) -> Answering<'a, Option<String>> {
            Box::pin(async {
                match self.say(mention).await? {
                    Said::Identifier(id) => Ok(Some(id)),
                    _ => Ok(None),
                }
            })
        }

        fn rewrite<'a>(&'a self, _: &'a Mention, _: &'a [Offer]) -> Answering<'a, Vec<String>> {
            unreachable!("nobody asks for other names")
        }
    }

    /// Finds X:1 to X:60 whatever it is asked, and nothing for `xyzzy`; fails for `broken`.
    struct Shelf;

    impl Retriever for Shelf {
        fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
            let found = match mention.text.as_str() {
                "broken" => return Err(retrieve::Error::NothingLearnt),
                "xyzzy" => 0,
                _ => 60,
            };
            let candidate = |number: usize| Candidate {
                id: id(&format!("X:{number}")),
                label: format!("label {number}"),
                name: format!("label {number}"),
                scope: Scope::Label,
                kind: None,
                language: None,
                ontology: None,
                score: 0.5,
                ranks: Ranks::default(),
                scores: Scores::default(),
            };
            let candidates = (1..=found.min(limit)).map(candidate).collect();
            Ok(Retrieval { candidates, confidence: Some(0.5), ..Retrieval::default() })
        }

        fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
            Ok(Description::default())
        }
    }

    fn normalizer(generator: Arc<Scripted>, offered: usize) -> Normalizer {
        let ontology = OntologyTag { name: "x".to_owned(), version: None };
        let rule = Rule { always: true, offered, ..Rule::default() };
        Normalizer::new(Arc::new(Shelf), ontology, 50).with_generator(generator, rule)
    }

    fn id(text: &str) -> Curie {
        Curie::parse(text).unwrap()
    }

    fn cases(texts: &[&str]) -> Vec<Case> {
        let case = |(at, text): (usize, &&str)| Case {
            mention: Mention { context: Some(format!("{text} in sentence {}", at % 2)), ..Mention::new(*text) },
            line: at + 1,
            is_first: true,
            ..Case::default()
        };
        texts.iter().enumerate().map(case).collect()
    }

    fn manner(at_once: usize) -> Manner<'static> {
        Manner { with_context: true, at_once, progress: &|_| {} }
    }

    /// X:1 is called TP53, and X:2 was replaced by it.
    fn identifiers() -> Identifiers {
        let mut live = Concept::new(id("X:1"));
        live.names = vec![Name::new("TP53".to_owned(), Scope::Label)];
        let mut retired = Concept::new(id("X:2"));
        retired.retirement = Some(Retirement { replaced_by: vec![id("X:1")], consider: Vec::new() });
        let draft = Draft { concepts: vec![(0, live), (0, retired)], ..Draft::default() };
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x.obo").unwrap()))
    }

    fn says(text: &str) -> Said {
        Said::Identifier(text.to_owned())
    }

    /// `pick 3` means X:3.
    fn picks(text: &str) -> Said {
        Said::Identifier(text.replace("pick ", "X:"))
    }

    fn all_said(answers: &[Answer]) -> Vec<String> {
        let said = answers.iter().map(|answer| match &answer.said {
            Said::Identifier(text) | Said::Nothing(text) => text.clone(),
            said => format!("{said:?}"),
        });
        said.collect()
    }

    fn ranking(answer: &Answer) -> Vec<&str> {
        answer.ranking.iter().map(Curie::as_str).collect()
    }

    #[tokio::test]
    async fn answers_stand_in_the_order_of_their_cases_whichever_came_first() {
        let texts = ["a rather long mention", "long", "a", "short one", "b"];
        for at_once in [1, 2, 100] {
            let (generator, told) = (Scripted::new(|text| Ok(says(text))), Mutex::new(Vec::new()));
            let progress = |done| told.lock().unwrap().push(done);
            let manner = Manner { progress: &progress, ..manner(at_once) };
            let answers = plain(&*generator, &identifiers(), &cases(&texts), manner).await.unwrap();
            assert_eq!(all_said(&answers), texts);
            assert_eq!(generator.most_under_way.load(Ordering::SeqCst), at_once.min(5));
            assert!(answers.iter().all(|answer| answer.seconds.is_some()));
            assert_eq!(*told.lock().unwrap(), [1, 2, 3, 4, 5]);
        }
    }

    #[tokio::test]
    async fn an_identifier_is_kept_as_written_and_leads_to_its_concept() {
        let texts = [" X:1 ", "TP53", "X:2", "X:3", "tp53", "the first"];
        let answers =
            plain(&*Scripted::new(|text| Ok(says(text))), &identifiers(), &cases(&texts), manner(2)).await.unwrap();
        assert_eq!(all_said(&answers), texts);
        let rankings: Vec<Vec<&str>> = answers.iter().map(ranking).collect();
        assert_eq!(rankings, [vec!["X:1"], vec!["X:1"], vec!["X:2"], vec!["X:3"], vec!["X:1"], vec![]]);
    }

    #[tokio::test]
    async fn what_fails_for_one_mention_is_its_answer() {
        let generator = Scripted::new(|text| match text {
            "odd" => Err(generate::Error::Unreadable { answer: "hm".to_owned() }),
            "neither" => Ok(Said::NoMatch),
            text => Ok(picks(text)),
        });
        let answers =
            plain(&*generator, &identifiers(), &cases(&["pick 1", "odd", "neither"]), manner(1)).await.unwrap();
        assert_eq!(all_said(&answers), ["X:1", "unreadable answer: `hm`", "NoMatch"]);
        assert!(answers[1].ranking.is_empty() && answers[2].ranking.is_empty());
        let answers =
            rag(&normalizer(generator, 2), &cases(&["pick 2", "pick 3", "odd", "neither"]), manner(1)).await.unwrap();
        assert_eq!(all_said(&answers), ["X:2", "NotOffered", "unreadable answer: `hm`", "NoMatch"]);
        let ranked: Vec<usize> = answers.iter().map(|answer| answer.ranking.len()).collect();
        assert_eq!(ranked, [50, 50, 0, 50]);
    }

    #[tokio::test]
    async fn what_was_chosen_stands_before_the_other_candidates() {
        let answers =
            rag(&normalizer(Scripted::new(|text| Ok(picks(text))), 3), &cases(&["pick 3", "xyzzy"]), manner(1))
                .await
                .unwrap();
        assert_eq!(ranking(&answers[0])[..5], ["X:3", "X:1", "X:2", "X:4", "X:5"]);
        assert_eq!((answers[0].ranking.len(), answers[0].confidence), (50, Some(0.75)));
        assert_eq!((&answers[1].said, answers[1].ranking.len()), (&Said::NoMatch, 0));
        // Of a single candidate, too, a model may say that it is not the one.
        let none = Scripted::new(|_| Ok(Said::NoMatch));
        let answers = rag(&normalizer(none, 1), &cases(&["pick 1"]), manner(1)).await.unwrap();
        assert_eq!((&answers[0].said, ranking(&answers[0])[0]), (&Said::NoMatch, "X:1"));
    }

    #[tokio::test]
    async fn where_nothing_more_can_be_asked_nothing_more_is() {
        let script = |text: &str| match text {
            "mention 10" => Err(generate::Error::Stopped(Arc::new(generate::Error::CallsUsedUp { calls: 10 }))),
            text => Ok(says(text)),
        };
        let texts: Vec<String> = (0..1000).map(|at| format!("mention {at}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for is_plain in [true, false] {
            let generator = Scripted::new(script);
            let outcome = if is_plain {
                plain(&*generator, &identifiers(), &cases(&texts), manner(4)).await
            } else {
                rag(&normalizer(Arc::clone(&generator), 5), &cases(&texts), manner(4)).await
            };
            assert!(matches!(outcome, Err(Error::Generate(error)) if error.is_limit()));
            // What was under way has come in.
            assert!((11..100).contains(&generator.count()), "{}", generator.count());
            assert_eq!(generator.under_way.load(Ordering::SeqCst), 0);
        }
    }

    #[tokio::test]
    async fn retrieval_that_fails_ends_the_run() {
        let outcome =
            rag(&normalizer(Scripted::new(|text| Ok(picks(text))), 5), &cases(&["pick 1", "broken"]), manner(1)).await;
        assert!(matches!(outcome, Err(Error::Retrieve(_))));
    }

    #[tokio::test]
    async fn a_mention_is_asked_about_once_and_without_its_sentence_where_that_is_not_shown() {
        let cases = cases(&["X:1", "X:2", "X:1", "X:1"]);
        for (with_context, asked) in [(true, 3), (false, 2)] {
            let generator = Scripted::new(|text| Ok(says(text)));
            let done = AtomicU64::new(0);
            let progress = |count: usize| done.store(count as u64, Ordering::SeqCst);
            let manner = Manner { with_context, at_once: 1, progress: &progress };
            let answers = plain(&*generator, &identifiers(), &cases, manner).await.unwrap();
            assert_eq!(all_said(&answers), ["X:1", "X:2", "X:1", "X:1"]);
            assert_eq!((generator.count(), done.load(Ordering::SeqCst)), (asked, 4));
            let timed: Vec<bool> = answers.iter().map(|answer| answer.seconds.is_some()).collect();
            assert_eq!(timed, [true, true, false, with_context]);
            let has_context = |mention: &Mention| mention.context.is_some();
            assert!(generator.asked.lock().unwrap().iter().all(|mention| has_context(mention) == with_context));
        }
    }

    #[test]
    fn what_a_cassette_answered_counts_as_if_it_had_been_asked_now() {
        let calls = |calls, dollars| Calls { calls, prompt_tokens: 100 * calls, answer_tokens: 10 * calls, dollars };
        let spending = |asked, known| Spending { asked, known, is_priced: true, ..Spending::default() };
        let (before, after) = (spending(calls(3, 0.3), calls(1, 0.1)), spending(calls(7, 0.7), calls(3, 0.3)));
        let used = usage(&before, &after, 3);
        assert_eq!((used.calls, used.replayed, used.prompt_tokens, used.answer_tokens), (6, 2, 600, 60));
        assert!((used.dollars.unwrap() - 0.6).abs() < 1e-9);
        assert!((used.dollars_per_1000_right.unwrap() - 200.0).abs() < 1e-6);
        assert_eq!(usage(&before, &after, 0).dollars_per_1000_right, None);
        assert_eq!(usage(&before, &Spending { is_priced: false, ..after }, 3).dollars, None);
    }
}
