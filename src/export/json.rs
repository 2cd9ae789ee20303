//! JSON lines: one object a mention. Scripts depend on these keys.
//!
//! First the input's own columns under their names, in their order; then
//!
//! | key          | value                                                                                      |
//! |--------------|--------------------------------------------------------------------------------------------|
//! | `mention`    | what was asked                                                                             |
//! | `context`    | the sentence around it; absent where none was given                                        |
//! | `id`         | identifier of the answer; `null` for no match and for failures                             |
//! | `label`      | its label; `null` likewise                                                                 |
//! | `confidence` | the estimated probability that the first candidate is right; `null` where there is none;   |
//! |              | where the model decided, how sure it was, of no match too                                  |
//! | `tie`        | that the first candidates cannot be told apart; absent where they can                      |
//! | `qualifiers` | what words at its edges say, some of `{negation, side, severity}`; absent where none    |
//! | `parts`      | of a composite mention, each `{mention, id, label, ontology, confidence, decided_by,       |
//! |              | qualifiers}`                                                                               |
//! | `candidates` | best first, each `{id, label, name, scope, kind, score, ranks, scores}`                    |
//! | `ontology`   | `{name, version}`; the version is `null` where the release is not known                    |
//! | `decided_by` | `exact`, `retrieval`, `model`, `parts`, `none` or `error`                                  |
//! | `reason`     | the model's, `null` where it was not asked; absent, as the next three, where none may be asked |
//! | `model`      | its name, `null` likewise                                                                  |
//! | `prompt_hash` | which prompt led to its choice, `null` likewise                                           |
//! | `names`      | the names it gave that were looked for as well; absent where it gave none                  |
//! | `references` | by namespace, as it was asked for, what other vocabularies call the answer, all identifiers in the |
//! |              | order of the ontology; absent where nothing was asked for                                  |
//! | `error`      | what went wrong; absent where nothing did                                                  |
//! | `input`      | the input's columns whose names are among these; absent where there are none               |
//! | `explanations` | by `query --explain` only: why candidates are where they are, best first                 |
//!
//! Of a candidate, `name` is the name that matched best, `scope` is `LABEL`, `EXACT`, `NARROW`, `BROAD` or `RELATED`,
//! `kind` is the synonym type and absent where there is none; `ranks` is `{exact, lexical, vector}` and `scores`
//! `{lexical, vector}`, `null` where a channel did not find it; both have `dense` where a second encoder found it.
//!
//! A composite mention, such as "hearing and vision loss", has in `id` and `label` those of its parts with `|` between them,
//! and as its `confidence` the probability that all are right; `parts` says which is which, each with its `ontology` where
//! several are asked, and its `candidates` are what was found for the whole. A part without a match has no `id` there, and
//! neither is one among those of the whole. `qualifiers` has the words that negate the mention (`no`), the `side` it names
//! (`left`, `right`, `bilateral`, `unilateral`) and its `severity` (`mild`), none of which is part of the concept; they hold
//! for all parts, and those of a part for that part.
//!
//! A no match for want of confidence has its candidates and its confidence. A `tie` is `{shared_name, candidates,
//! told_apart_by}`: the name the first candidates share (`null` where other evidence is equal), how many they are, and
//! by identifier the words of each one's label that the others lack, as far as it is among `candidates`. An explanation
//! is `{id, margin, start, contributions}`: what candidates are ordered by, what all start from, and what each feature
//! adds, as `{feature, value, contribution}`, largest first; the contributions and the start sum to the margin.
//!
//! A column of the input that is called like one of these keys is never lost: it goes into `input`. Left out is only
//! a `mention` or `context` that says what the key of that name says anyway.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Cell, answers, error_line};
use crate::normalize::{DecidedBy, Normalization, OntologyTag, Qualifiers, Reference};
use crate::ontology::Curie;
use crate::retrieve::{Candidate, Explanation, Tie};

/// The keys that mean the same in every row.
pub const KEYS: [&str; 14] = [
    "mention",
    "context",
    "id",
    "label",
    "confidence",
    "tie",
    "qualifiers",
    "parts",
    "group",
    "candidates",
    "ontology",
    "decided_by",
    "error",
    "input",
];

/// The keys beside them where a model may be asked.
pub const MODEL_KEYS: [&str; 4] = ["reason", "model", "prompt_hash", "names"];

/// The key beside them where cross-references are asked for.
pub const REFERENCES_KEY: &str = "references";

/// Writes one row and the end of its line, with what a model said where one `may_judge`. The names of `columns` must
/// differ from each other.
///
/// # Errors
/// Where `out` fails.
pub fn write_row(
    out: &mut dyn Write,
    normalization: &Normalization,
    may_judge: bool,
    columns: &[(&str, Cell<'_>)],
) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Row { normalization, may_judge, columns, explanations: None })?;
    out.write_all(b"\n")
}

/// Writes an answer with the explanations of its first candidates, and the end of the line.
///
/// # Errors
/// Where `out` fails.
pub fn write_explained(
    out: &mut dyn Write,
    normalization: &Normalization,
    may_judge: bool,
    explanations: &[Explanation],
) -> io::Result<()> {
    let explanations = Some(explanations);
    serde_json::to_writer(&mut *out, &Row { normalization, may_judge, columns: &[], explanations })?;
    out.write_all(b"\n")
}

struct Row<'a> {
    normalization: &'a Normalization,
    may_judge: bool,
    columns: &'a [(&'a str, Cell<'a>)],
    explanations: Option<&'a [Explanation]>,
}

/// An explanation as written out.
#[derive(serde::Serialize)]
struct Explained<'a> {
    id: &'a Curie,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

impl Row<'_> {
    /// Whether a key of ours has this name.
    fn is_taken(&self, name: &str) -> bool {
        KEYS.contains(&name)
            || (self.may_judge && MODEL_KEYS.contains(&name))
            || (!self.normalization.references.is_empty() && name == REFERENCES_KEY)
    }

    /// The columns whose names are taken, less those that would only repeat the mention or its context.
    fn displaced(&self) -> impl Iterator<Item = &(&str, Cell<'_>)> {
        let mention = &self.normalization.mention;
        self.columns.iter().filter(move |(name, cell)| match *name {
            "mention" => !cell.says(&mention.text),
            "context" => !mention.context.as_ref().is_some_and(|context| cell.says(context)),
            name => self.is_taken(name),
        })
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Normalization { mention, candidates, ontology, decided_by, qualifiers, parts, .. } = self.normalization;
        let mut map = serializer.serialize_map(None)?;
        for (name, cell) in self.columns.iter().filter(|(name, _)| !self.is_taken(name)) {
            map.serialize_entry(name, cell)?;
        }
        map.serialize_entry("mention", &mention.text)?;
        if let Some(context) = &mention.context {
            map.serialize_entry("context", context)?;
        }
        map.serialize_entry("id", &answers(self.normalization, |answer| answer.id.as_str()))?;
        map.serialize_entry("label", &answers(self.normalization, |answer| &answer.label))?;
        map.serialize_entry("confidence", &self.normalization.confidence)?;
        if let Some(tie) = &self.normalization.tie {
            map.serialize_entry("tie", &Tied::of(tie, candidates))?;
        }
        if !qualifiers.is_empty() {
            map.serialize_entry("qualifiers", qualifiers)?;
        }
        if !parts.is_empty() {
            map.serialize_entry("parts", &parts.iter().map(Part::of).collect::<Vec<_>>())?;
        }
        if let Some(group) = &self.normalization.group {
            map.serialize_entry("group", group)?;
        }
        map.serialize_entry("candidates", candidates)?;
        map.serialize_entry("ontology", &**ontology)?;
        map.serialize_entry("decided_by", decided_by)?;
        if self.may_judge {
            let said = self.normalization.judgement.as_ref();
            map.serialize_entry("reason", &said.map(|said| &said.reason))?;
            map.serialize_entry("model", &said.map(|said| &said.model))?;
            map.serialize_entry("prompt_hash", &said.map(|said| &said.prompt_hash))?;
            if let Some(names) = said.map(|said| &said.names).filter(|names| !names.is_empty()) {
                map.serialize_entry("names", names)?;
            }
        }
        if !self.normalization.references.is_empty() {
            map.serialize_entry(REFERENCES_KEY, &References(&self.normalization.references))?;
        }
        if let Some(error) = self.normalization.error() {
            map.serialize_entry("error", &error_line(error))?;
        }
        if self.displaced().next().is_some() {
            map.serialize_entry("input", &Displaced(self))?;
        }
        if let Some(explanations) = self.explanations {
            let explained = candidates.iter().zip(explanations);
            let explained = explained.map(|(candidate, explanation)| Explained { id: &candidate.id, explanation });
            map.serialize_entry("explanations", &explained.collect::<Vec<_>>())?;
        }
        map.end()
    }
}

/// A part of a composite mention as written out.
#[derive(serde::Serialize)]
struct Part<'a> {
    mention: &'a str,
    id: Option<&'a Curie>,
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ontology: Option<&'a OntologyTag>,
    confidence: Option<f32>,
    decided_by: DecidedBy,
    #[serde(skip_serializing_if = "Qualifiers::is_empty")]
    qualifiers: &'a Qualifiers,
}

impl<'a> Part<'a> {
    fn of(part: &'a Normalization) -> Self {
        let Normalization { mention, confidence, decided_by, qualifiers, .. } = part;
        let answer = part.answer();
        Self {
            mention: &mention.text,
            id: answer.map(|answer| &answer.id),
            label: answer.map(|answer| answer.label.as_str()),
            ontology: answer.and_then(|answer| answer.ontology.as_deref()),
            confidence: *confidence,
            decided_by: *decided_by,
            qualifiers,
        }
    }
}

/// A tie as written out: who is tied, in a name they share or in evidence, and what would decide.
#[derive(serde::Serialize)]
struct Tied<'a> {
    shared_name: Option<&'a str>,
    candidates: usize,
    told_apart_by: std::collections::BTreeMap<&'a str, &'a [String]>,
}

impl<'a> Tied<'a> {
    fn of(tie: &'a Tie, candidates: &'a [Candidate]) -> Self {
        let ids = candidates.iter().map(|candidate| candidate.id.as_str());
        Self {
            shared_name: tie.shared_name.as_deref(),
            candidates: tie.words.len(),
            told_apart_by: ids.zip(tie.words.iter().map(Vec::as_slice)).collect(),
        }
    }
}

/// Cross-references as written out: identifiers by namespace.
struct References<'a>(&'a [Reference]);

impl Serialize for References<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|reference| (&reference.namespace, &reference.ids)))
    }
}

struct Displaced<'a>(&'a Row<'a>);

impl Serialize for Displaced<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.displaced().map(|(name, cell)| (name, cell)))
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::value::RawValue;

    use super::*;
    use crate::normalize::{Error, Judgement, Outcome};
    use crate::ontology::Scope;
    use crate::retrieve::{Contribution, Mention, Ranks, Scores};

    fn answered() -> Normalization {
        let candidate = Candidate {
            id: Curie::parse("HP:0001250").unwrap(),
            label: "Seizure".into(),
            name: "Fits".into(),
            scope: Scope::Exact,
            kind: Some("layperson".into()),
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks { lexical: Some(2), vector: Some(1), ..Ranks::default() },
            scores: Scores { lexical: Some(1.5), vector: Some(0.25), ..Scores::default() },
        };
        Normalization {
            mention: Mention::new("a \"fit\""),
            outcome: Outcome::Chosen(0),
            candidates: vec![candidate],
            confidence: Some(0.75),
            tie: None,
            group: None,
            ontology: Arc::new(OntologyTag { name: "hp".into(), version: None }),
            decided_by: DecidedBy::Retrieval,
            judgement: None,
            qualifiers: Qualifiers::default(),
            parts: Vec::new(),
            references: Vec::new(),
        }
    }

    fn row(normalization: &Normalization, columns: &[(&str, Cell<'_>)]) -> String {
        let mut out = Vec::new();
        write_row(&mut out, normalization, false, columns).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_keys_are_those_scripts_depend_on() {
        let expected = concat!(
            r#"{"mention":"a \"fit\"","id":"HP:0001250","label":"Seizure","confidence":0.75,"candidates":[{"id":"HP:0001250","#,
            r#""label":"Seizure","name":"Fits","scope":"EXACT","kind":"layperson","score":0.5,"#,
            r#""ranks":{"exact":null,"lexical":2,"vector":1},"scores":{"lexical":1.5,"vector":0.25}}],"#,
            r#""ontology":{"name":"hp","version":null},"decided_by":"retrieval"}"#,
            "\n"
        );
        assert_eq!(row(&answered(), &[]), expected);
    }

    #[test]
    fn a_composite_has_its_identifiers_joined_and_its_parts_apart() {
        let part = |text: &str| Normalization { mention: Mention::new(text), ..answered() };
        let mut answer = answered();
        (answer.outcome, answer.decided_by) = (Outcome::Composite, DecidedBy::Parts);
        answer.parts = vec![part("fit"), part("no fit")];
        answer.parts[1].qualifiers.negation = Some("no".into());
        let said: serde_json::Value = serde_json::from_str(&row(&answer, &[])).unwrap();
        assert_eq!((&said["id"], &said["label"]), (&"HP:0001250|HP:0001250".into(), &"Seizure|Seizure".into()));
        let first = serde_json::json!({
            "mention": "fit", "id": "HP:0001250", "label": "Seizure", "confidence": 0.75, "decided_by": "retrieval"
        });
        assert_eq!((&said["parts"][0], said.get("qualifiers")), (&first, None));
        assert_eq!(said["parts"][1]["qualifiers"], serde_json::json!({"negation": "no"}));
    }

    #[test]
    fn no_match_and_failure_have_a_null_identifier_and_only_failure_an_error() {
        let mut answer = answered();
        (answer.outcome, answer.decided_by) = (Outcome::NoMatch, DecidedBy::None);
        let none: serde_json::Value = serde_json::from_str(&row(&answer, &[])).unwrap();
        assert!(none["id"].is_null() && none["label"].is_null() && none.get("error").is_none());
        (answer.outcome, answer.decided_by) = (Outcome::Failed(Error::TooLong { bytes: 99 }), DecidedBy::Error);
        let failed: serde_json::Value = serde_json::from_str(&row(&answer, &[])).unwrap();
        assert!(failed["id"].is_null() && failed["error"].as_str().unwrap().contains("too long"));
        assert_eq!(failed["decided_by"], "error");
    }

    #[test]
    fn a_tie_says_how_many_are_tied_and_what_tells_those_apart_that_are_shown() {
        let mut answer = answered();
        assert!(!row(&answer, &[]).contains(r#""tie""#));
        let words = vec![vec!["seizure".into()], vec!["bout".into()]];
        answer.tie = Some(Tie { shared_name: Some("Fits".into()), words });
        let tie = r#""tie":{"shared_name":"Fits","candidates":2,"told_apart_by":{"HP:0001250":["seizure"]}},"#;
        assert!(row(&answer, &[]).contains(tie));
    }

    #[test]
    fn cross_references_stand_by_namespace_where_they_are_asked_for() {
        let mut answer = answered();
        answer.references = [("mesh", vec!["MESH:D1".to_owned(), "MESH:D2".to_owned()]), ("entrez", Vec::new())]
            .map(|(namespace, ids)| Reference { namespace: namespace.to_owned(), ids })
            .to_vec();
        let line = row(&answer, &[("references", Cell::Text("mine".into()))]);
        let end = concat!(
            r#""decided_by":"retrieval","references":{"mesh":["MESH:D1","MESH:D2"],"entrez":[]},"#,
            r#""input":{"references":"mine"}}"#,
            "\n"
        );
        assert!(line.ends_with(end), "{line}");
    }

    #[test]
    fn an_explanation_has_the_identifier_of_its_candidate() {
        let contributions = vec![Contribution { feature: "letters in common", value: 0.5, contribution: 1.25 }];
        let explanation = Explanation { margin: 1.0, start: -0.25, contributions };
        let mut out = Vec::new();
        write_explained(&mut out, &answered(), false, &[explanation]).unwrap();
        let expected = concat!(
            r#","explanations":[{"id":"HP:0001250","margin":1.0,"start":-0.25,"contributions":"#,
            r#"[{"feature":"letters in common","value":0.5,"contribution":1.25}]}]}"#,
            "\n"
        );
        assert!(String::from_utf8(out).unwrap().ends_with(expected));
    }

    #[test]
    fn columns_of_the_input_come_first_and_as_they_were_written() {
        let number: Box<RawValue> = serde_json::from_str("1.10e2").unwrap();
        let line = row(&answered(), &[("z", Cell::Text("1".into())), ("a", Cell::Json(&number))]);
        assert!(line.starts_with(r#"{"z":"1","a":1.10e2,"mention":"#), "{line}");
    }

    #[test]
    fn a_column_called_like_one_of_our_keys_is_kept_apart() {
        let text = |text: &'static str| Cell::Text(text.into());
        let columns = [("id", text("7")), ("mention", text("a \"fit\"")), ("input", text("x")), ("context", text("c"))];
        let line = row(&answered(), &columns);
        assert!(line.ends_with(",\"input\":{\"id\":\"7\",\"input\":\"x\",\"context\":\"c\"}}\n"), "{line}");
        assert!(line.starts_with(r#"{"mention":"a \"fit\"","id":"HP:0001250""#));
    }

    #[test]
    fn what_a_model_said_stands_behind_who_decided_and_is_null_where_it_was_not_asked() {
        let line = |answer: &Normalization| {
            let mut out = Vec::new();
            write_row(&mut out, answer, true, &[("model", Cell::Text("mine".into()))]).unwrap();
            String::from_utf8(out).unwrap()
        };
        let mut answer = answered();
        let end = r#""decided_by":"retrieval","reason":null,"model":null,"prompt_hash":null,"input":{"model":"mine"}}"#;
        assert!(line(&answer).trim_end().ends_with(end), "{}", line(&answer));
        let names = vec!["seizures".to_owned()];
        answer.judgement =
            Some(Judgement { reason: "same".into(), model: "gpt-4o".into(), prompt_hash: "0a".into(), names });
        let said = r#""reason":"same","model":"gpt-4o","prompt_hash":"0a","names":["seizures"],"#;
        assert!(line(&answer).contains(said));
        assert!(row(&answer, &[("model", Cell::Text("mine".into()))]).starts_with(r#"{"model":"mine","#));
    }

    #[test]
    fn the_context_stands_in_the_row_once() {
        let mut answer = answered();
        answer.mention.context = Some("He had a fit.".into());
        let line = row(&answer, &[("context", Cell::Text("He had a fit.".into()))]);
        assert_eq!(line.matches("He had a fit.").count(), 1);
    }
}
