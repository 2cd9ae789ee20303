//! Asking a generator: what it is offered, what its own names add, and what its choice comes to.

use std::sync::Arc;

use super::{Begun, DecidedBy, Error, Judgement, Normalization, Normalizer, Outcome, Question, Rule};
use crate::generate::{self, Choice, Decision, Generator, Offer, Signature, computed};
use crate::retrieve::{self, Candidate, Mention, Retrieval};

/// Concepts that a generator's own answer may add: a symbol can be a former name of another gene.
const PROPOSED: usize = 2;

/// What a generator chose among, and what came of it.
struct Asked {
    candidates: Vec<Candidate>,
    names: Vec<String>,
    /// `None` where there was nothing to choose from.
    decision: Result<Option<Decision>, Error>,
}

impl Normalizer {
    /// The answer that the generator gives. Without one, retrieval's.
    pub async fn ask(&self, question: Question) -> Normalization {
        if question.parts.is_empty() {
            return self.ask_as_one(question).await;
        }
        let Question { mention, qualifiers, retrieval, parts, .. } = question;
        let mut answers = Vec::with_capacity(parts.len());
        for part in parts {
            answers.push(match part {
                Begun::Answered(answer) => answer,
                Begun::Doubtful(question) => self.ask_as_one(question).await,
            });
        }
        self.composed(mention, qualifiers, retrieval, answers)
    }

    async fn ask_as_one(&self, question: Question) -> Normalization {
        let Question { mention, words, qualifiers, retrieval, .. } = question;
        let Some((generator, rule)) = &self.generator else { return self.qualified(mention, qualifiers, retrieval) };
        let asked = words.map(|text| Mention { text, ..mention.clone() });
        let Retrieval { mut candidates, .. } = retrieval;
        let further = candidates.split_off(rule.offered.min(candidates.len()));
        let Asked { mut candidates, names, decision } =
            self.asked(generator.as_ref(), *rule, asked.as_ref().unwrap_or(&mention), candidates).await;
        for candidate in further {
            if !candidates.iter().any(|other| other.id == candidate.id) {
                candidates.push(candidate);
            }
        }
        let Signature { model, prompt_hash } = generator.signature();
        let judged = |reason| Some(Judgement { reason, model, prompt_hash, names });
        let Decision { choice, reason, certainty } = match decision {
            Ok(Some(decision)) => decision,
            Ok(None) => {
                let answer = self.answer(mention, Outcome::NoMatch, DecidedBy::None, candidates);
                return Normalization { qualifiers, ..answer };
            }
            Err(error) => {
                candidates.truncate(self.limit);
                let answer = self.answer(mention, Outcome::Failed(error), DecidedBy::Error, candidates);
                return Normalization { judgement: judged(String::new()), qualifiers, ..answer };
            }
        };
        let (outcome, decided_by) = match choice {
            Choice::Offer(_) if certainty.is_some_and(|certainty| certainty < self.least_certainty) => {
                (Outcome::NoMatch, DecidedBy::None)
            }
            Choice::Offer(position) => (Outcome::Chosen(self.cut(&mut candidates, position)), DecidedBy::Model),
            Choice::NoMatch => (Outcome::NoMatch, DecidedBy::Model),
        };
        candidates.truncate(self.limit);
        let answer = self.answer(mention, outcome, decided_by, candidates);
        Normalization { confidence: certainty, judgement: judged(reason), qualifiers, ..answer }
    }

    /// Sees to it that the chosen candidate is among those that are shown, and returns its place.
    fn cut(&self, candidates: &mut [Candidate], position: usize) -> usize {
        let last = self.limit - 1;
        if position > last {
            candidates.swap(position, last);
        }
        position.min(last)
    }

    /// Offers the candidates, and those that the generator's own names lead to.
    async fn asked(
        &self,
        generator: &dyn Generator,
        rule: Rule,
        mention: &Mention,
        mut candidates: Vec<Candidate>,
    ) -> Asked {
        let mut names = Vec::new();
        if rule.propose {
            match passed_over(generator.propose(mention).await) {
                Ok(proposed) => names = proposed,
                Err(error) => return Asked { candidates, names, decision: Err(error) },
            }
            for name in &names {
                match self.looked_for(mention, name, rule.offered).await {
                    Ok(found) => join(&mut candidates, &found),
                    Err(error) => return Asked { candidates, names, decision: Err(error) },
                }
            }
        }
        let mut decision = self.choice(generator, mention, &candidates).await;
        let is_match = |decision: &Decision| decision.choice != Choice::NoMatch;
        let is_none = decision.as_ref().is_ok_and(|decision| !decision.as_ref().is_some_and(is_match));
        if is_none && rule.rewrite {
            match self.widened(generator, rule, mention, &mut candidates, &mut names).await {
                Ok(false) => {}
                Ok(true) => decision = self.choice(generator, mention, &candidates).await,
                Err(error) => decision = Err(error),
            }
        }
        Asked { candidates, names, decision }
    }

    async fn choice(
        &self,
        generator: &dyn Generator,
        mention: &Mention,
        candidates: &[Candidate],
    ) -> Result<Option<Decision>, Error> {
        if candidates.is_empty() {
            return Ok(None);
        }
        let offers = self.offers(candidates.to_vec()).await?;
        Ok(Some(generator.choose(mention, &offers).await?))
    }

    /// Adds what is found by other names that the generator knows; whether that is anything new.
    async fn widened(
        &self,
        generator: &dyn Generator,
        rule: Rule,
        mention: &Mention,
        candidates: &mut Vec<Candidate>,
        names: &mut Vec<String>,
    ) -> Result<bool, Error> {
        let offers = self.offers(candidates.clone()).await?;
        let others = passed_over(generator.rewrite(mention, &offers).await)?;
        let mut found = Vec::new();
        for name in &others {
            found.push(self.looked_for(mention, name, rule.offered).await?.into_iter());
        }
        names.extend(others);
        let before = candidates.len();
        // The best of each name first.
        for _ in 0..rule.offered {
            for candidate in found.iter_mut().filter_map(Iterator::next) {
                let is_new = candidates.iter().all(|other| other.id != candidate.id);
                if is_new && candidates.len() < before + rule.offered {
                    push(candidates, candidate);
                }
            }
        }
        Ok(candidates.len() > before)
    }

    /// What the ontology says about each candidate.
    async fn offers(&self, candidates: Vec<Candidate>) -> Result<Vec<Offer>, retrieve::Error> {
        let retriever = Arc::clone(&self.retriever);
        let described = move |candidate: Candidate| {
            retriever.describe(&candidate).map(|description| Offer { candidate, description })
        };
        computed(move || candidates.into_iter().map(described).collect()).await
    }

    /// What another name for a mention leads to, with what else is known of the mention.
    async fn looked_for(&self, mention: &Mention, name: &str, limit: usize) -> Result<Vec<Candidate>, Error> {
        let mention = Mention { text: name.to_owned(), context: None, ..mention.clone() };
        let retriever = Arc::clone(&self.retriever);
        Ok(computed(move || retriever.retrieve(&mention, limit)).await?.candidates)
    }
}

/// Puts what is called exactly as the generator's own answer behind the first candidate, from further down or from
/// outside: only what the index has can join, and it is neither the first word nor the last.
fn join(candidates: &mut Vec<Candidate>, found: &[Candidate]) {
    let exact = found.iter().filter(|candidate| candidate.ranks.is_equal_form()).take(PROPOSED);
    for (at, candidate) in exact.enumerate() {
        let at = (at + 1).min(candidates.len());
        let own = candidates.iter().position(|other| other.id == candidate.id);
        let candidate = match own {
            Some(place) if place <= at => continue,
            Some(place) => candidates.remove(place),
            None => candidate.clone(),
        };
        // Scores order one answer's candidates: who is let in takes that of whom it stands behind.
        let score = at.checked_sub(1).map_or(candidate.score, |before| candidates[before].score);
        candidates.insert(at, Candidate { score, ..candidate });
    }
}

/// Adds a candidate behind all others, and so with no higher score.
fn push(candidates: &mut Vec<Candidate>, candidate: Candidate) {
    let score = candidates.last().map_or(candidate.score, |last| last.score.min(candidate.score));
    candidates.push(Candidate { score, ..candidate });
}

/// Names that could not be read are no names: the choice is made without them.
fn passed_over(names: Result<Vec<String>, generate::Error>) -> Result<Vec<String>, Error> {
    match names {
        Err(error) if error.stops() || matches!(error, generate::Error::Service(_)) => Err(error.into()),
        names => Ok(names.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::generate::Answering;
    use crate::normalize::OntologyTag;
    use crate::retrieve::{Description, Retriever};

    /// Remembers what it was asked, and finds nothing.
    #[derive(Default)]
    struct Listening(Mutex<Vec<Mention>>);

    impl Retriever for Listening {
        fn retrieve(&self, mention: &Mention, _: usize) -> Result<Retrieval, retrieve::Error> {
            self.0.lock().unwrap().push(mention.clone());
            Ok(Retrieval::default())
        }

        fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
            Ok(Description::default())
        }
    }

    /// Knows one other name for everything, and chooses nothing.
    struct Knowing;

    impl Generator for Knowing {
        fn signature(&self) -> Signature {
            Signature { model: "m".to_owned(), prompt_hash: "p".to_owned() }
        }

        fn choose<'a>(&'a self, _: &'a Mention, _: &'a [Offer]) -> Answering<'a, Decision> {
            let none = Decision { choice: Choice::NoMatch, reason: String::new(), certainty: None };
            Box::pin(async { Ok(none) })
        }

        fn propose<'a>(&'a self, _: &'a Mention) -> Answering<'a, Vec<String>> {
            Box::pin(async { Ok(vec!["other".to_owned()]) })
        }
    }

    #[tokio::test]
    async fn another_name_is_looked_for_where_the_mention_is_expected() {
        let retriever = Arc::new(Listening::default());
        let rule = Rule { always: true, propose: true, ..Rule::default() };
        let tag = OntologyTag { name: "x".to_owned(), version: None };
        let normalizer = Normalizer::new(Arc::clone(&retriever) as Arc<dyn Retriever>, tag, 5);
        let normalizer = normalizer.with_generator(Arc::new(Knowing), rule);
        let expected = vec!["x".to_owned()];
        let context = Some("It is one.".to_owned());
        normalizer.normalize(Mention { context, expected: expected.clone(), ..Mention::new("one") }).await;
        let asked = retriever.0.lock().unwrap();
        assert_eq!(asked.last(), Some(&Mention { expected, ..Mention::new("other") }));
    }
}
