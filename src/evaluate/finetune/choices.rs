//! A mention with retrieved candidates, and the number of the right one.

use super::terms::{Term, Withheld};
use super::{Example, chance};
use crate::evaluate::Error;
use crate::generate::prompt::Prompts;
use crate::generate::{Offer, votes};
use crate::ontology::{Name, Scope};
use crate::retrieve::{Candidate, Mention, Retriever};
use crate::text::normal_form;

/// How candidates are shown.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The prompts; `choose` is the one that is made.
    pub prompts: &'a Prompts,
    /// What they call the ontology.
    pub ontology: &'a str,
    /// Candidates a mention.
    pub offered: usize,
    /// Mentions a term: its own, and then synonyms.
    pub mentions: usize,
    /// The share of examples in which the right candidate is taken away, from 0 to 1.
    pub none: f64,
    /// What chance follows from.
    pub seed: u64,
    /// What is not even shown as a wrong candidate.
    pub withheld: &'a Withheld,
}

/// The choices that were made of a term.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The conversations.
    pub examples: Vec<Example>,
    /// Those of them in which the right answer is that there is none.
    pub none: usize,
    /// Mentions that another concept is called by too.
    pub ambiguous: usize,
}

/// A choice for the term and for some of its synonyms.
///
/// What is asked about is a name of the index, so the right candidate would always be the first, and be shown with that
/// very name. So candidates come in an order of chance, and the right one as if it had not the synonym that is asked
/// about: by the most alike of its other names, as the wrong ones are, so that it cannot be told by how it is shown.
///
/// # Errors
/// Where retrieval or the prompt fails.
pub fn choices(plan: &Plan<'_>, retriever: &dyn Retriever, term: &Term) -> Result<Choices, Error> {
    let mut choices = Choices::default();
    for mention in mentions(plan, term) {
        let is_term = mention == term.mention;
        let mention = Mention::new(mention);
        let mut found = candidates(plan, retriever, &mention)?;
        let right = found.iter().find(|candidate| term.gold.contains(&candidate.id)).map(|right| right.id.clone());
        let is_right = |candidate: &Candidate| Some(&candidate.id) == right.as_ref();
        // Of several right ones the first in retrieval's order is the answer.
        found.retain(|candidate| !term.gold.contains(&candidate.id) || is_right(candidate));
        let others = || found.iter().filter(|candidate| !is_right(candidate) && is_called(candidate, &mention));
        // A label goes before the synonyms of others.
        if others().any(|candidate| !is_term || candidate.scope == Scope::Label) {
            choices.ambiguous += 1;
            continue;
        }
        let is_taken =
            others().next().is_none() && chance(plan.seed, &["none", &term.answer, &mention.text]).f64() < plan.none;
        if is_taken {
            found.retain(|candidate| !is_right(candidate));
        }
        found.truncate(plan.offered);
        if found.is_empty() {
            continue;
        }
        let mut offers = Vec::with_capacity(found.len());
        for candidate in found {
            let mut description = retriever.describe(&candidate)?;
            description.parents.retain(|parent| !plan.withheld.has(&parent.id));
            let candidate = if is_right(&candidate) { renamed(plan, candidate, &mention, term) } else { candidate };
            let candidate = if plan.withheld.says(&candidate.name) { labelled(candidate) } else { candidate };
            offers.push(Offer { candidate, description });
        }
        let order = votes::orders(offers.len(), 1, true, plan.seed, &mention.text).swap_remove(0);
        let place = order.iter().position(|&at| is_right(&offers[at].candidate));
        let messages = plan.prompts.choose(plan.ontology, &mention, &offers, &order, false).map_err(Error::Prompt)?;
        let answer = place.map_or_else(|| "none".to_owned(), |place| (place + 1).to_string());
        choices.none += usize::from(place.is_none());
        choices.examples.push(Example::answering(messages, "choice", &answer));
    }
    Ok(choices)
}

/// The term itself and some of its synonyms: none that is withheld, and none twice.
fn mentions<'a>(plan: &Plan<'_>, term: &'a Term) -> Vec<&'a str> {
    let mut forms = vec![normal_form(&term.mention)];
    let mut mentions = vec![term.mention.as_str()];
    let mut synonyms: Vec<&str> = term.synonyms().collect();
    chance(plan.seed, &["synonyms", &term.answer]).shuffle(&mut synonyms);
    for synonym in synonyms {
        let form = normal_form(synonym);
        if mentions.len() < plan.mentions && !forms.contains(&form) && !plan.withheld.says(synonym) {
            forms.push(form);
            mentions.push(synonym);
        }
    }
    mentions
}

/// What is found, without what is withheld; one more than is shown, should one be taken away.
fn candidates(plan: &Plan<'_>, retriever: &dyn Retriever, mention: &Mention) -> Result<Vec<Candidate>, Error> {
    let wanted = plan.offered + 1;
    let mut limit = wanted;
    loop {
        let found = retriever.retrieve(mention, limit)?.candidates;
        let is_all = found.len() < limit;
        let kept: Vec<Candidate> =
            found.into_iter().filter(|candidate| !plan.withheld.has(&candidate.id)).take(wanted).collect();
        if is_all || kept.len() == wanted {
            return Ok(kept);
        }
        limit *= 2;
    }
}

fn is_called(candidate: &Candidate, mention: &Mention) -> bool {
    candidate.ranks.is_equal_form() || normal_form(&candidate.name) == normal_form(&mention.text)
}

/// The candidate as it would be shown had it not the name that is asked about. Its label stays what it is.
fn renamed(plan: &Plan<'_>, candidate: Candidate, mention: &Mention, term: &Term) -> Candidate {
    let form = normal_form(&mention.text);
    if !is_called(&candidate, mention) || candidate.scope == Scope::Label || term.gold[0] != candidate.id {
        return candidate;
    }
    let alike = |name: &&Name| strsim::sorensen_dice(&normal_form(&name.text), &form);
    let others = term.names.iter().filter(|name| normal_form(&name.text) != form && !plan.withheld.says(&name.text));
    // Of equally alike names the first is taken: the label, which stands before the others.
    let best = others.rev().max_by(|left, right| alike(left).total_cmp(&alike(right)));
    match best {
        Some(name) => Candidate { name: name.text.clone(), scope: name.scope, kind: name.kind.clone(), ..candidate },
        None => labelled(candidate),
    }
}

/// The candidate as it is shown by its label alone.
fn labelled(candidate: Candidate) -> Candidate {
    Candidate { name: candidate.label.clone(), scope: Scope::Label, kind: None, ..candidate }
}

#[cfg(test)]
mod tests {
    use super::super::terms;
    use super::*;
    use crate::ontology::Curie;
    use crate::retrieve::{self, Description, Parent, Ranks, Retrieval, Scores};

    /// Finds everything there is, in this order: identifier, label, and the name that matches.
    struct Shelf(Vec<(&'static str, &'static str, &'static str)>);

    fn id(text: &str) -> Curie {
        Curie::parse(text).unwrap()
    }

    impl Retriever for Shelf {
        fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
            let candidate = |&(id_, label, name): &(&str, &str, &str)| {
                let is_equal = |name: &str| normal_form(name) == normal_form(&mention.text);
                let name = if is_equal(name) { name } else { label };
                Candidate {
                    id: id(id_),
                    label: label.to_owned(),
                    name: name.to_owned(),
                    scope: if name == label { Scope::Label } else { Scope::Exact },
                    kind: None,
                    language: None,
                    ontology: None,
                    score: 0.5,
                    ranks: Ranks { exact: is_equal(name).then_some(1), ..Ranks::default() },
                    scores: Scores::default(),
                }
            };
            let candidates = self.0.iter().take(limit).map(candidate).collect();
            Ok(Retrieval { candidates, ..Retrieval::default() })
        }

        fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
            Ok(Description {
                definition: None,
                parents: vec![Parent { id: id("HP:5"), label: "Limbs".to_owned() }],
                ..Description::default()
            })
        }
    }

    fn shelf() -> Shelf {
        Shelf(vec![
            ("HP:1", "Large hands", "big hands"),
            ("HP:2", "Small hands", "tiny hands"),
            ("HP:3", "Large feet", "paw"),
            ("HP:4", "Tremor", "shaking"),
            ("HP:5", "Restless legs", "shaking"),
        ])
    }

    fn named(text: &str, scope: Scope) -> Name {
        Name::new(text.to_owned(), scope)
    }

    fn term(id_: &str, mention: &str, synonyms: &[&str]) -> Term {
        Term {
            line: 2,
            mention: mention.to_owned(),
            answer: id_.to_owned(),
            gold: vec![id(id_)],
            names: std::iter::once(named(mention, Scope::Label))
                .chain(synonyms.iter().map(|name| named(name, Scope::Exact)))
                .collect(),
            popularity: None,
            bin: None,
        }
    }

    fn made(term: &Term, none: f64, withheld: &Withheld, offered: usize) -> Choices {
        let prompts = Prompts::built_in();
        let plan = Plan { prompts: &prompts, ontology: "HPO", offered, mentions: 5, none, seed: 3, withheld };
        choices(&plan, &shelf(), term).unwrap()
    }

    fn asked_and_answered(example: &Example) -> (&str, &str) {
        (&example.messages[1].content, &example.messages[2].content)
    }

    /// The number before a label, as the answer is written.
    fn number_of(asked: &str, label: &str) -> String {
        let line = asked.lines().find(|line| line.contains(&format!("] \"{label}\""))).unwrap();
        format!("{{\"choice\": \"{}\"}}", &line[1..line.find(']').unwrap()])
    }

    #[test]
    fn the_answer_is_the_number_of_the_right_one_wherever_it_stands() {
        let mut answers = std::collections::BTreeSet::new();
        for (id, label) in [("HP:1", "Large hands"), ("HP:2", "Small hands"), ("HP:3", "Large feet")] {
            let made = made(&term(id, label, &[]), 0.0, &Withheld::default(), 5);
            let (asked, answer) = asked_and_answered(&made.examples[0]);
            assert_eq!(answer, number_of(asked, label));
            answers.insert(answer.to_owned());
            assert_eq!(made.none, 0);
        }
        assert!(answers.len() > 1, "{answers:?}");
    }

    #[test]
    fn a_synonym_is_asked_about_and_not_shown() {
        let made = made(&term("HP:1", "Large hands", &["Big  Hands", "LARGE hands"]), 0.0, &Withheld::default(), 5);
        assert_eq!(made.examples.len(), 2);
        let (asked, answer) = asked_and_answered(&made.examples[1]);
        assert!(asked.contains("<mention>\"Big  Hands\"</mention>") && !asked.contains("big hands"), "{asked}");
        assert_eq!(answer, number_of(asked, "Large hands"));
    }

    #[test]
    fn the_right_one_is_shown_by_the_most_alike_of_its_other_names() {
        let names = ["Big hands", "Big hand", "Paws"];
        let made = made(&term("HP:1", "Large hands", &names), 0.0, &Withheld::default(), 5);
        let asked = |mention: &str| {
            let asked = made.examples.iter().map(|example| asked_and_answered(example).0);
            asked.into_iter().find(|asked| asked.contains(&format!("<mention>\"{mention}\""))).unwrap()
        };
        assert!(asked("Big hands").contains("\"Large hands\"; also called: \"Big hand\""), "{}", asked("Big hands"));
        assert!(!asked("Large hands").contains("also called"));
    }

    #[test]
    fn what_is_taken_away_or_not_found_is_none() {
        let nothing = Withheld::default();
        let taken = made(&term("HP:1", "Large hands", &[]), 1.0, &nothing, 5);
        let (asked, answer) = asked_and_answered(&taken.examples[0]);
        assert_eq!((answer, taken.none), (r#"{"choice": "none"}"#, 1));
        assert!(!asked.contains("] \"Large hands\"") && asked.contains("[4]"), "{asked}");
        let missed = made(&term("HP:3", "Large feet", &[]), 0.0, &nothing, 2);
        assert_eq!(asked_and_answered(&missed.examples[0]).1, r#"{"choice": "none"}"#);
    }

    #[test]
    fn a_synonym_of_two_concepts_is_no_mention_and_a_label_is_its_own_concept() {
        let made_of = |id, mention, synonyms: &[&str]| made(&term(id, mention, synonyms), 0.0, &Withheld::default(), 5);
        let made = made_of("HP:4", "Tremor", &["shaking"]);
        assert_eq!((made.examples.len(), made.ambiguous), (1, 1));
        assert_eq!(made_of("HP:7", "large hands", &[]).ambiguous, 1);
    }

    fn withheld(rows: &str) -> Withheld {
        let table = terms::tests::table("terms.tsv", rows).unwrap();
        terms::select(&table, &terms::tests::identifiers()).unwrap().withheld
    }

    #[test]
    fn a_synonym_of_what_is_withheld_is_neither_asked_about_nor_shown() {
        let withheld = withheld("mention\tids\tsplit\nHands like shovels\tHP:1\twithheld\n");
        let names = ["Paws", "Paw", "Pads"];
        let made = made(&term("HP:3", "Large feet", &names), 0.0, &withheld, 3);
        let asked: Vec<&str> = made.examples.iter().map(|example| asked_and_answered(example).0).collect();
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|asked| !asked.contains("\"Paws\"")), "{asked:?}");
        assert!(asked.iter().any(|asked| asked.contains("\"Large feet\"; also called: \"Pads\"")), "{asked:?}");
    }

    #[test]
    fn what_is_withheld_is_not_shown() {
        let withheld = withheld("mention\tids\tsplit\nSmall hands\tHP:2\twithheld\nLimbs\tHP:5\twithheld\n");
        let made = made(&term("HP:3", "Large feet", &["small hands"]), 0.0, &withheld, 3);
        assert_eq!(made.examples.len(), 1);
        let (asked, answer) = asked_and_answered(&made.examples[0]);
        assert!(!asked.contains("Small hands") && !asked.contains("Limbs") && asked.contains("[3]"), "{asked}");
        assert_eq!(answer, number_of(asked, "Large feet"));
    }
}
