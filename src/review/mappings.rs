//! Rows and decisions become mappings. What is certain stays as it was; what a person decided is theirs. Decisions that
//! contradict each other are found, and no synonyms are made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Decision, Error, Fault, Orcid, Problem, Resolved, Row, Standing, Synonym};
use crate::export::sssom::{Justification, Mapping, Predicate};
use crate::normalize::{DecidedBy, Judgement, Normalization, OntologyTag, Outcome as Answered, Qualifiers};
use crate::ontology::{Curie, Ontology, Scope, Succession};
use crate::retrieve::{Candidate, Mention, Ranks, Scores, Tie};
use crate::text;

/// What comes of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A person decided so; instead of an identifier that is merged or replaced, another stands in it.
    Decided(Box<Mapping>, Option<Curie>),
    /// It is as it was.
    Certain(Box<Mapping>),
    /// It waits for a decision.
    Undecided,
    /// It failed, or has no mention.
    Nothing,
}

/// Decisions about one phrase that lead to different concepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The phrase.
    pub mention: String,
    /// The lines, each with what stands there.
    pub decisions: Vec<(u64, String)>,
}

/// The decisions of a sheet as they are taken in.
pub struct Curation<'a> {
    ontology: &'a Ontology,
    tag: Arc<OntologyTag>,
    author: Option<Orcid>,
    /// By the normal form of the mention.
    said: BTreeMap<String, Vec<Said>>,
}

/// One decision.
struct Said {
    mention: String,
    line: u64,
    relation: Predicate,
    concept: Option<Curie>,
    author: Option<String>,
}

impl<'a> Curation<'a> {
    /// Takes decisions, by `author` where their rows do not say by whom, about concepts of `ontology`.
    pub fn new(ontology: &'a Ontology, author: Option<Orcid>) -> Self {
        Self { ontology, tag: Arc::new(ontology.into()), author, said: BTreeMap::new() }
    }

    /// The ontology whose concepts are decided on.
    pub const fn ontology(&self) -> &'a Ontology {
        self.ontology
    }

    /// What comes of `row`.
    ///
    /// # Errors
    /// Where its decision cannot be read or leads nowhere.
    pub fn take(&mut self, row: &Row) -> Result<Outcome, Fault> {
        let decided = Decision::parse(row.decision()).map_err(|problem| row.fault(problem))?;
        let has_mention = !row.mention().trim().is_empty();
        match (decided, row.standing()) {
            (Some(decision), _) if has_mention => {
                let resolved = decision.resolve(row, self.ontology).map_err(|problem| row.fault(problem))?;
                let author = match row.author() {
                    "" => self.author.clone(),
                    text => Some(
                        text.parse().map_err(|error: Error| row.fault(Problem::Author { why: error.to_string() }))?,
                    ),
                };
                Ok(self.decide(row, resolved, author.as_ref()))
            }
            (_, Standing::Certain) => {
                let standing = standing(row, self.ontology, &self.tag).map_err(|problem| row.fault(problem))?;
                Ok(Mapping::of(&standing).map_or(Outcome::Nothing, |mapping| Outcome::Certain(Box::new(mapping))))
            }
            (_, Standing::Uncertain) => Ok(Outcome::Undecided),
            (_, Standing::Nothing) => Ok(Outcome::Nothing),
        }
    }

    fn decide(&mut self, row: &Row, resolved: Resolved, author: Option<&Orcid>) -> Outcome {
        let author = author.map(Orcid::to_string);
        let Resolved { relation, concept, followed } = resolved;
        let qualifiers = Qualifiers::parse(row.cell("qualifiers"));
        // What a person said in a word of their own stays, unless it is denied.
        let is_said = relation != Predicate::Exact && qualifiers.negation.is_none();
        let relation = if is_said { relation } else { relation.qualified(&qualifiers) };
        let mention = row.mention().to_owned();
        let id = concept.as_ref().map(|(id, _)| id.clone());
        // "No fits" is no name of what is absent.
        if qualifiers.negation.is_none() {
            let said = Said { mention: mention.clone(), line: row.line, relation, concept: id, author: author.clone() };
            self.said.entry(key(&mention)).or_default().push(said);
        }
        let negation = qualifiers.negation.map(|word| format!("negated: {word}"));
        let comment = [negation, Some(row.comment().to_owned())].into_iter().flatten();
        let comment = comment.filter(|comment| !comment.is_empty()).collect::<Vec<_>>().join("; ");
        let mapping = Mapping {
            subject_label: mention,
            predicate: relation,
            object: concept,
            source: None,
            justification: Justification::Manual,
            confidence: None,
            similarity: None,
            matched: None,
            author,
            comment: Some(comment).filter(|comment| !comment.is_empty()),
        };
        Outcome::Decided(Box::new(mapping), followed)
    }

    /// The phrases about which decisions differ.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let conflicting = self.said.values().filter(|said| is_conflict(said));
        conflicting
            .map(|said| {
                let of = |said: &Said| (said.line, Decision::written(said.relation, said.concept.as_ref()));
                let mention = said.first().map(|said| said.mention.clone()).unwrap_or_default();
                Conflict { mention, decisions: said.iter().map(of).collect() }
            })
            .collect()
    }

    /// The phrases that became names of concepts that have not had them, on this `date`.
    pub fn synonyms(&self, date: &str) -> Vec<Synonym> {
        let agreed = self.said.iter().filter(|(_, said)| !is_conflict(said));
        agreed.filter_map(|(form, said)| self.synonym(form, said.first()?, date)).collect()
    }

    fn synonym(&self, form: &str, said: &Said, date: &str) -> Option<Synonym> {
        let id = said.concept.as_ref()?;
        let is_known =
            self.ontology.get(id).is_some_and(|concept| concept.names.iter().any(|name| key(&name.text) == form));
        let scope = match said.relation {
            Predicate::Exact => Scope::Exact,
            // The concept is the broader one, so the phrase is the narrower.
            Predicate::Broad => Scope::Narrow,
            Predicate::Narrow => Scope::Broad,
            Predicate::Related | Predicate::Close => Scope::Related,
        };
        (!is_known).then(|| Synonym {
            id: id.clone(),
            name: said.mention.trim().to_owned(),
            scope,
            author: said.author.clone(),
            date: date.to_owned(),
        })
    }
}

/// What makes two phrases the same.
fn key(mention: &str) -> String {
    let form = text::normal_form(mention);
    if form.is_empty() { mention.trim().to_owned() } else { form }
}

fn is_conflict(said: &[Said]) -> bool {
    let of = |said: &Said| (said.relation, said.concept.clone());
    said.windows(2).any(|pair| of(&pair[0]) != of(&pair[1]))
}

/// The answer that stands in a row, as far as its columns tell.
fn standing(row: &Row, ontology: &Ontology, tag: &Arc<OntologyTag>) -> Result<Normalization, Problem> {
    let number = |column: &str| row.cell(column).parse::<f32>().ok();
    let decided_by = [DecidedBy::Exact, DecidedBy::Retrieval, DecidedBy::Model]
        .into_iter()
        .find(|by| by.as_str() == row.cell("decided_by"))
        .unwrap_or(DecidedBy::None);
    let candidate = |id: &str| {
        let id = Curie::parse(id).map_err(|_| Problem::NoIdentifier { text: id.to_owned() })?;
        let concept = match ontology.succession(&id) {
            Succession::Live(concept) | Succession::Replaced(concept) => concept,
            Succession::Unknown => return Err(Problem::Unknown { id }),
            Succession::Several(_) | Succession::Ended(_) | Succession::Cycle(_) => {
                return Err(Problem::Retired { id });
            }
        };
        // An identifier given as a mention is exact without a name.
        let is_exact = decided_by == DecidedBy::Exact || key(row.cell("name")) == key(row.mention());
        let exact = is_exact.then_some(1);
        Ok(Candidate {
            id: concept.id.clone(),
            label: concept.label().to_owned(),
            name: row.cell("name").to_owned(),
            scope: Scope::parse(row.cell("scope")).unwrap_or(Scope::Related),
            kind: None,
            language: None,
            ontology: None,
            score: number("score").unwrap_or_default(),
            ranks: Ranks { exact, ..Ranks::default() },
            scores: Scores::default(),
        })
    };
    let candidates: Vec<Candidate> = row.id().map(candidate).transpose()?.into_iter().collect();
    let model = Some(row.cell("model")).filter(|model| !model.is_empty());
    Ok(Normalization {
        mention: Mention::new(row.mention()),
        outcome: if candidates.is_empty() { Answered::NoMatch } else { Answered::Chosen(0) },
        candidates,
        confidence: number("confidence"),
        tie: (!row.cell("tied_with").is_empty()).then(|| Tie { shared_name: None, words: Vec::new() }),
        group: None,
        ontology: Arc::clone(tag),
        decided_by,
        judgement: model.map(|model| Judgement {
            reason: row.cell("reason").to_owned(),
            model: model.to_owned(),
            prompt_hash: row.cell("prompt_hash").to_owned(),
            names: Vec::new(),
        }),
        qualifiers: Qualifiers::parse(row.cell("qualifiers")),
        parts: Vec::new(),
        references: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sheet::row;
    use super::*;
    use crate::ontology::obo;

    fn ontology() -> Ontology {
        let text =
            "[Term]\nid: X:1\nname: Seizure\nsynonym: \"Fit\" EXACT []\nalt_id: X:9\n\n[Term]\nid: X:2\nname: Faint\n";
        Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap()
    }

    fn decided<'a>(mention: &'a str, decision: &'a str) -> [(&'a str, &'a str); 3] {
        [("mention", mention), ("decision", decision), ("comment", "seen twice")]
    }

    #[test]
    fn a_decision_is_a_mapping_made_by_hand() {
        let ontology = ontology();
        let author: Orcid = "0000-0002-1825-0097".parse().unwrap();
        let mut curation = Curation::new(&ontology, Some(author));
        let Ok(Outcome::Decided(mapping, followed)) = curation.take(&row(&decided("Shaking fit", "broad X:9"))) else {
            panic!("nothing was decided")
        };
        let expected = Mapping {
            subject_label: "Shaking fit".into(),
            predicate: Predicate::Broad,
            object: Some((Curie::parse("X:1").unwrap(), "Seizure".into())),
            source: None,
            justification: Justification::Manual,
            confidence: None,
            similarity: None,
            matched: None,
            author: Some("orcid:0000-0002-1825-0097".into()),
            comment: Some("seen twice".into()),
        };
        assert_eq!((*mapping, followed), (expected, Some(Curie::parse("X:9").unwrap())));
        let Ok(Outcome::Decided(mapping, None)) = curation.take(&row(&decided("well", "none"))) else { panic!() };
        assert_eq!(mapping.object, None);
    }

    #[test]
    fn what_is_not_decided_waits_and_what_cannot_be_read_says_where() {
        let ontology = ontology();
        let mut curation = Curation::new(&ontology, None);
        assert_eq!(curation.take(&row(&[])).unwrap(), Outcome::Undecided);
        assert_eq!(curation.take(&row(&[("certain", "")])).unwrap(), Outcome::Nothing);
        assert_eq!(curation.take(&row(&[("mention", " "), ("decision", "X:1")])).unwrap(), Outcome::Nothing);
        let fault = curation.take(&row(&[("decision", "X:77")])).unwrap_err();
        assert_eq!(fault.to_string(), "s:2: `X:77` is no concept of the index");
        let fault = curation.take(&row(&[("decision", "X:1"), ("author", "Ann")])).unwrap_err();
        assert_eq!(fault.to_string(), "s:2: `Ann` is no ORCID, which looks like 0000-0002-1825-0097");
    }

    #[test]
    fn phrases_become_names_unless_the_concept_has_them_or_decisions_differ() {
        let ontology = ontology();
        let mut curation = Curation::new(&ontology, None);
        for (mention, decision) in [
            ("fits", "X:1"),
            ("FIT", "X:1"),
            ("jerks", "broad X:1"),
            ("Jerks", "broad X:1"),
            ("body gone", "narrow X:2"),
            ("spell", "close X:2"),
            ("turn", "X:1"),
            ("Turn", "X:2"),
            ("well", "none"),
        ] {
            curation.take(&row(&decided(mention, decision))).unwrap();
        }
        let synonyms = curation.synonyms("2026-11-23");
        let names: Vec<String> =
            synonyms.iter().map(|synonym| format!("{} {} {}", synonym.id, synonym.scope, synonym.name)).collect();
        assert_eq!(names, ["X:2 BROAD body gone", "X:1 EXACT fits", "X:1 NARROW jerks", "X:2 RELATED spell"]);
        let conflicts = curation.conflicts();
        assert_eq!((conflicts.len(), conflicts[0].mention.as_str()), (1, "turn"));
        assert_eq!(conflicts[0].decisions, [(2, "X:1".to_owned()), (2, "X:2".to_owned())]);
    }

    #[test]
    fn the_answer_that_stands_is_read_back() {
        let cells = [
            ("mention", "fit"),
            ("certain", "yes"),
            ("id", "X:1"),
            ("label", "Seizure"),
            ("score", "0.5000"),
            ("confidence", "0.9700"),
            ("name", "Fit"),
            ("scope", "EXACT"),
            ("decided_by", "exact"),
        ];
        let tag = Arc::new(OntologyTag { name: "x".into(), version: None });
        let answer = standing(&row(&cells), &ontology(), &tag).unwrap();
        let candidate = answer.answer().unwrap();
        assert_eq!((candidate.id.as_str(), candidate.name.as_str(), candidate.scope), ("X:1", "Fit", Scope::Exact));
        assert!(candidate.ranks.is_equal_form() && answer.confidence == Some(0.97) && answer.judgement.is_none());
        let gone = [("id", "X:99"), ("certain", "yes"), ("decided_by", "exact")];
        assert!(matches!(standing(&row(&gone), &ontology(), &tag), Err(Problem::Unknown { .. })));
        let none =
            standing(&row(&[("decided_by", "model"), ("model", "m"), ("reason", "r")]), &ontology(), &tag).unwrap();
        assert!(none.answer().is_none() && none.decided_by == DecidedBy::Model && none.judgement.unwrap().model == "m");
    }
}
