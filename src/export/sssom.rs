//! Answers as a mapping set: SSSOM TSV, version 1.1 (<https://mapping-commons.github.io/sssom/>).
//!
//! A mention is a literal: `subject_type` is `rdfs literal`, `subject_label` the mention, and there is no `subject_id`.
//! What holds for all rows stands in the header; the columns are those of [`COLUMNS`].
//!
//! | slot | value |
//! |---|---|
//! | `predicate_id` | `skos:exactMatch` where a label or exact synonym of one concept is equal to the mention, `skos:closeMatch` where it is similar, or equal to a name of several; `skos:broadMatch`, `skos:narrowMatch` and `skos:relatedMatch` where the name that matched is a narrower, broader or related synonym |
//! | `object_id` | the concept; `sssom:NoTermFound` where there is no match, and `predicate_id` is then `skos:exactMatch`, as in the standard's example |
//! | `mapping_justification` | `semapv:LexicalMatching` for an equal name, `LexicalSimilarityThresholdMatching` and `SemanticSimilarityThresholdMatching` for one that only words or only vectors found, `CompositeMatching` for both, for a model's choice and for no match, `ManualMappingCuration` for a person's decision |
//! | `confidence` | the estimated probability that the mapping is right; empty where there is none, and for a no match but a model's |
//! | `object_match_field`, `match_string` | which kind of name matched, and the name where it is equal |
//! | `similarity_score` | the candidate's score, from 0 to 1 |
//! | `comment` | that a match was not sure enough; a model's part, with its reason and the hash of its prompt; the synonym that was similar |
//!
//! A row is one line: tabs and line breaks inside a value become spaces. A value with a quote is quoted, as the standard
//! wants it, and what a spreadsheet would take for a formula has a `'` before it ([`guarded`]). A mention such as `NA` or
//! `null`, which the standard's own tools would take for an empty cell and pass over its row, has a space behind it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::table::guarded;
use crate::normalize::{DecidedBy, Normalization, OntologyTag};
use crate::ontology::{Curie, Scope, catalogue};

/// The names of the columns, in the order of the standard's slots.
pub const COLUMNS: [&str; 12] = [
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "confidence",
    "object_match_field",
    "match_string",
    "similarity_score",
    "similarity_measure",
    "comment",
];

/// The licence of a set whose licence nobody has named, as the standard's own tools write it.
pub const UNSPECIFIED_LICENSE: &str = "https://w3id.org/sssom/license/unspecified";

/// What `similarity_score` is.
const MEASURE: &str = "term2id ranking score";

/// What pandas takes for an empty cell.
const MISSING: [&str; 18] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
];

/// The prefixes that the standard's own terms and ours have.
const OWN_PREFIXES: [(&str, &str); 6] = [
    ("oboInOwl", "http://www.geneontology.org/formats/oboInOwl#"),
    ("orcid", "https://orcid.org/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("semapv", "https://w3id.org/semapv/vocab/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("sssom", "https://w3id.org/sssom/"),
];

/// Where the ontologies of the OBO Library and their concepts are.
const OBO: &str = "http://purl.obolibrary.org/obo/";

/// What knows most other identifiers.
const BIOREGISTRY: &str = "https://bioregistry.io/";

/// How a mention and a concept are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// `skos:exactMatch`: they mean the same.
    Exact,
    /// `skos:closeMatch`: nearly, or nobody has looked.
    Close,
    /// `skos:broadMatch`: the concept is the broader of the two.
    Broad,
    /// `skos:narrowMatch`: the concept is the narrower of the two.
    Narrow,
    /// `skos:relatedMatch`.
    Related,
}

impl Predicate {
    /// What a name of this scope warrants: one that `is_equal` and the name of no other concept, or one that is not.
    pub const fn of(scope: Scope, is_equal: bool) -> Self {
        match scope {
            Scope::Label | Scope::Exact if is_equal => Self::Exact,
            Scope::Label | Scope::Exact => Self::Close,
            // The name is the narrower, so the concept is the broader.
            Scope::Narrow => Self::Broad,
            Scope::Broad => Self::Narrow,
            Scope::Related => Self::Related,
        }
    }

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "skos:exactMatch",
            Self::Close => "skos:closeMatch",
            Self::Broad => "skos:broadMatch",
            Self::Narrow => "skos:narrowMatch",
            Self::Related => "skos:relatedMatch",
        }
    }
}

/// What a mapping rests on, a term of semapv.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Justification {
    /// `semapv:LexicalMatching`: a name is equal.
    Lexical,
    /// `semapv:LexicalSimilarityThresholdMatching`: a name is similar in its words and letters.
    LexicalSimilarity,
    /// `semapv:SemanticSimilarityThresholdMatching`: a name is near in meaning.
    SemanticSimilarity,
    /// `semapv:CompositeMatching`: several of these, or a language model's choice among what they found.
    Composite,
    /// `semapv:ManualMappingCuration`: a person decided.
    Manual,
}

impl Justification {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lexical => "semapv:LexicalMatching",
            Self::LexicalSimilarity => "semapv:LexicalSimilarityThresholdMatching",
            Self::SemanticSimilarity => "semapv:SemanticSimilarityThresholdMatching",
            Self::Composite => "semapv:CompositeMatching",
            Self::Manual => "semapv:ManualMappingCuration",
        }
    }
}

/// One mapping: a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The mention: a literal.
    pub subject_label: String,
    /// How it relates to the object.
    pub predicate: Predicate,
    /// The concept's identifier and label; none where no concept was found (`sssom:NoTermFound`).
    pub object: Option<(Curie, String)>,
    /// What it rests on.
    pub justification: Justification,
    /// The estimated probability that it is right.
    pub confidence: Option<f32>,
    /// How similar the mention and the matched name are.
    pub similarity: Option<f32>,
    /// The name that matched and what it is to the concept.
    pub matched: Option<(String, Scope)>,
    /// Who decided: an ORCID as a CURIE (`orcid:0000-0002-1825-0097`), where a person did.
    pub author: Option<String>,
    /// What else is to be said, such as a model's part in it.
    pub comment: Option<String>,
}

/// What all mappings of a file have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingSet {
    /// Its identifier, an address.
    pub id: String,
    /// Under which licence it may be used, an address.
    pub license: String,
    /// The ontology that objects are concepts of.
    pub ontology: OntologyTag,
    /// The prefixes of identifiers that may stand in it, each with what it stands for.
    pub prefixes: Vec<(String, String)>,
    /// When it was made: `2026-11-23`.
    pub date: String,
}

impl Mapping {
    /// What an answer says; none where it failed, or where nothing was asked.
    pub fn of(normalization: &Normalization) -> Option<Self> {
        let mention = &normalization.mention.text;
        if normalization.error().is_some() || mention.trim().is_empty() {
            return None;
        }
        let is_judged = normalization.decided_by == DecidedBy::Model;
        let mut mapping = Self {
            subject_label: mention.clone(),
            predicate: Predicate::Exact,
            object: None,
            justification: Justification::Composite,
            // How sure the best candidate is says nothing of there being none.
            confidence: normalization.confidence.filter(|_| is_judged),
            similarity: None,
            matched: None,
            author: None,
            comment: None,
        };
        let mut comments = Vec::new();
        if normalization.is_unsure() {
            comments.push("not sure enough".to_owned());
        }
        if let Some(chosen) = normalization.answer() {
            let ranks = chosen.ranks;
            let is_equal = ranks.is_equal_form();
            let by_words = ranks.exact.is_some() || ranks.lexical.is_some();
            let by_vectors = ranks.vector.is_some() || ranks.dense.is_some();
            mapping.object = Some((chosen.id.clone(), chosen.label.clone()));
            mapping.confidence = normalization.confidence;
            mapping.predicate = match Predicate::of(chosen.scope, is_equal) {
                _ if is_equal && normalization.tie.is_some() => Predicate::Close,
                predicate => predicate,
            };
            mapping.justification = match (by_words, by_vectors) {
                _ if is_judged => Justification::Composite,
                _ if is_equal => Justification::Lexical,
                (true, false) => Justification::LexicalSimilarity,
                (false, true) => Justification::SemanticSimilarity,
                _ => Justification::Composite,
            };
            mapping.similarity = Some(chosen.score);
            mapping.matched = Some((chosen.name.clone(), chosen.scope));
            if !is_equal && chosen.name != chosen.label {
                comments.push(format!("similar to the synonym `{}`", chosen.name));
            }
        }
        if let Some(judgement) = &normalization.judgement {
            let whom = if mapping.object.is_some() { "it among" } else { "none of" };
            let chose = if is_judged { format!("chose {whom}") } else { "was asked about".to_owned() };
            let reason = if judgement.reason.is_empty() { "" } else { ": " };
            comments.push(format!(
                "{} {chose} the candidates it was offered{reason}{} (prompt {})",
                judgement.model, judgement.reason, judgement.prompt_hash
            ));
        }
        mapping.comment = (!comments.is_empty()).then(|| comments.join("; "));
        Some(mapping)
    }

    /// Writes it as a row and the end of its line.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write(&self, set: &MappingSet, out: &mut dyn Write) -> io::Result<()> {
        let (id, label) = match &self.object {
            Some((id, label)) => (set.contracted(id), label.as_str()),
            None => (Cow::Borrowed("sssom:NoTermFound"), ""),
        };
        let equal_name = match (&self.matched, self.justification) {
            (Some((name, _)), Justification::Lexical) => item(name),
            _ => String::new(),
        };
        let field = self.matched.as_ref().map_or("", |(_, scope)| match_field(*scope));
        let similarity = self.similarity.map(number).unwrap_or_default();
        let measure = if similarity.is_empty() { "" } else { MEASURE };
        write_line(
            out,
            [
                self.subject_label.as_str(),
                self.predicate.as_str(),
                &id,
                label,
                self.justification.as_str(),
                self.author.as_deref().unwrap_or_default(),
                &self.confidence.map(number).unwrap_or_default(),
                field,
                &equal_name,
                &similarity,
                measure,
                self.comment.as_deref().unwrap_or_default(),
            ],
        )
    }
}

impl MappingSet {
    /// Writes the metadata and the names of the columns.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_header(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut prefixes: BTreeMap<&str, &str> = BTreeMap::new();
        prefixes.extend(self.prefixes.iter().map(|(prefix, address)| (prefix.as_str(), address.as_str())));
        prefixes.extend(OWN_PREFIXES);
        let (source_prefix, source) = self.source();
        prefixes.insert(source_prefix, if source_prefix == "obo" { OBO } else { BIOREGISTRY });
        writeln!(out, "#sssom_version: \"1.1\"\n#curie_map:")?;
        for (prefix, address) in prefixes {
            writeln!(out, "#  {prefix}: {}", scalar(address))?;
        }
        let source = format!("{source_prefix}:{source}");
        for (slot, value) in [
            ("mapping_set_id", Some(self.id.as_str())),
            ("license", Some(&self.license)),
            ("subject_type", Some("rdfs literal")),
            ("object_source", Some(&source)),
            ("object_source_version", self.ontology.version.as_deref()),
            ("mapping_tool", Some("term2id")),
            ("mapping_tool_version", Some(env!("CARGO_PKG_VERSION"))),
            ("mapping_date", Some(&self.date)),
        ] {
            if let Some(value) = value {
                writeln!(out, "#{slot}: {}", scalar(value))?;
            }
        }
        write_line(out, COLUMNS)
    }

    /// The ontology as a prefix and what follows it: by its name, else by the one prefix of the catalogue that its concepts
    /// have.
    fn source(&self) -> (&'static str, String) {
        let mut known = self.prefixes.iter().filter_map(|(prefix, _)| catalogue::find(prefix));
        let only = known.next().filter(|entry| known.all(|other| other == *entry));
        match catalogue::find(&self.ontology.name).or(only) {
            Some(entry) if entry.page.starts_with(OBO) => ("obo", format!("{}.owl", entry.name)),
            Some(entry) => ("bioregistry", entry.prefix.to_lowercase()),
            None => ("bioregistry", self.ontology.name.to_lowercase()),
        }
    }

    /// An identifier by its prefix: one that is a whole address too, where a prefix stands for its beginning.
    fn contracted<'a>(&self, id: &'a Curie) -> Cow<'a, str> {
        if !is_address(id.as_str()) {
            return Cow::Borrowed(id.as_str());
        }
        let begins = self.prefixes.iter().filter(|(_, address)| id.as_str().starts_with(address.as_str()));
        let longest = begins.max_by_key(|(_, address)| address.len());
        longest.map_or(Cow::Borrowed(id.as_str()), |(prefix, address)| {
            Cow::Owned(format!("{prefix}:{}", &id.as_str()[address.len()..]))
        })
    }
}

/// The prefixes of `ids`, each with what it stands for, sorted. Identifiers that are whole addresses have `ns1` and so on
/// for what they begin with.
pub fn prefixes<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<(String, String)> {
    let (mut named, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for id in ids {
        if is_address(id) {
            addresses.insert(id.rfind(['/', '#', '_']).map_or(id, |at| &id[..=at]));
        } else {
            named.insert(id.split(':').next().unwrap_or_default());
        }
    }
    let named = named.into_iter().map(|prefix| (prefix.to_owned(), expansion(prefix)));
    let numbered = addresses.into_iter().enumerate();
    named.chain(numbered.map(|(at, address)| (format!("ns{}", at + 1), address.to_owned()))).collect()
}

/// What a prefix stands for.
fn expansion(prefix: &str) -> String {
    match catalogue::find(prefix).map(|entry| entry.page) {
        // A page that is not an identifier's own address is no place to build one on.
        Some(page) if page.ends_with('_') => page.to_owned(),
        _ => format!("{BIOREGISTRY}{}:", prefix.to_lowercase()),
    }
}

fn is_address(id: &str) -> bool {
    id.starts_with("http://") || id.starts_with("https://")
}

/// The property that holds names of this scope.
const fn match_field(scope: Scope) -> &'static str {
    match scope {
        Scope::Label => "rdfs:label",
        Scope::Exact => "oboInOwl:hasExactSynonym",
        Scope::Narrow => "oboInOwl:hasNarrowSynonym",
        Scope::Broad => "oboInOwl:hasBroadSynonym",
        Scope::Related => "oboInOwl:hasRelatedSynonym",
    }
}

/// A value of a slot that may have several.
fn item(value: &str) -> String {
    value.replace('\\', "\\\\").replace('|', "\\|")
}

/// At most three digits after the point, as the standard has it.
fn number(value: f32) -> String {
    let text = format!("{:.3}", value.clamp(0.0, 1.0));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A text in YAML: quoted, since versions and dates would be read as something else.
fn scalar(text: &str) -> String {
    serde_json::to_string(text).expect("a text can always be written as JSON")
}

fn write_line(out: &mut dyn Write, cells: [&str; COLUMNS.len()]) -> io::Result<()> {
    let mut writer =
        csv::WriterBuilder::new().delimiter(b'\t').comment(Some(b'#')).buffer_capacity(1024).from_writer(out);
    for cell in cells {
        let mut cell = guarded(Cow::Borrowed(cell)).replace(['\t', '\n', '\r'], " ");
        if MISSING.contains(&cell.as_str()) {
            cell.push(' ');
        }
        writer.write_field(cell.as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::normalize::{Error, Judgement, Outcome};
    use crate::retrieve::{Candidate, Mention, Ranks, Scores, Tie};

    fn answered(scope: Scope, ranks: Ranks) -> Normalization {
        let candidate = Candidate {
            id: Curie::parse("HP:0001250").unwrap(),
            label: "Seizure".into(),
            name: "Fits".into(),
            scope,
            kind: None,
            score: 0.5,
            ranks,
            scores: Scores::default(),
        };
        Normalization {
            mention: Mention::new("fits"),
            outcome: Outcome::Chosen(0),
            candidates: vec![candidate],
            confidence: Some(0.87654),
            tie: None,
            ontology: Arc::new(OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) }),
            decided_by: DecidedBy::Retrieval,
            judgement: None,
        }
    }

    fn ranks(exact: Option<u32>, lexical: Option<u32>, vector: Option<u32>) -> Ranks {
        Ranks { exact, lexical, vector, dense: None }
    }

    fn set() -> MappingSet {
        MappingSet {
            id: "https://example.org/set".into(),
            license: UNSPECIFIED_LICENSE.into(),
            ontology: OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) },
            prefixes: prefixes(["HP:0001250", "HP:0000001"]),
            date: "2026-11-23".into(),
        }
    }

    fn row(normalization: &Normalization) -> String {
        let mut out = Vec::new();
        Mapping::of(normalization).unwrap().write(&set(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_equal_name_is_an_exact_match() {
        let row = row(&answered(Scope::Exact, ranks(Some(1), Some(1), Some(1))));
        let expected = "fits\tskos:exactMatch\tHP:0001250\tSeizure\tsemapv:LexicalMatching\t\t0.877\t\
            oboInOwl:hasExactSynonym\tFits\t0.5\tterm2id ranking score\t\n";
        assert_eq!(row, expected);
    }

    #[test]
    fn the_scope_and_the_likeness_of_the_name_make_the_predicate() {
        let predicate = |scope, exact| Mapping::of(&answered(scope, ranks(exact, None, Some(1)))).unwrap().predicate;
        let equal = Scope::ALL.map(|scope| predicate(scope, Some(1)).as_str());
        let others = ["skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch"];
        assert_eq!(equal[..2], ["skos:exactMatch"; 2]);
        assert_eq!(equal[2..], others);
        let similar = Scope::ALL.map(|scope| predicate(scope, None).as_str());
        assert_eq!(similar[..2], ["skos:closeMatch"; 2]);
        assert_eq!(similar[2..], others);
        let mut tied = answered(Scope::Label, ranks(Some(1), None, None));
        tied.tie = Some(Tie { shared_name: None, words: Vec::new() });
        assert_eq!(Mapping::of(&tied).unwrap().predicate, Predicate::Close);
    }

    #[test]
    fn who_found_the_name_is_the_justification() {
        let justification = |exact, lexical, vector| {
            Mapping::of(&answered(Scope::Label, ranks(exact, lexical, vector))).unwrap().justification
        };
        assert_eq!(justification(Some(1), Some(1), Some(1)), Justification::Lexical);
        assert_eq!(justification(Some(2), None, None), Justification::LexicalSimilarity);
        assert_eq!(justification(None, Some(3), None), Justification::LexicalSimilarity);
        assert_eq!(justification(None, None, Some(3)), Justification::SemanticSimilarity);
        assert_eq!(justification(None, Some(3), Some(3)), Justification::Composite);
    }

    #[test]
    fn a_similar_synonym_is_named_and_is_no_string_in_common() {
        let mapping = Mapping::of(&answered(Scope::Narrow, ranks(None, Some(1), Some(1)))).unwrap();
        assert_eq!(mapping.comment.as_deref(), Some("similar to the synonym `Fits`"));
        assert!(row(&answered(Scope::Narrow, ranks(None, Some(1), Some(1)))).contains("hasNarrowSynonym\t\t0.5"));
    }

    #[test]
    fn no_match_is_a_mapping_and_a_failure_is_none() {
        let mut answer = answered(Scope::Label, ranks(None, Some(1), Some(1)));
        (answer.outcome, answer.decided_by) = (Outcome::NoMatch, DecidedBy::None);
        let expected =
            "fits\tskos:exactMatch\tsssom:NoTermFound\t\tsemapv:CompositeMatching\t\t\t\t\t\t\tnot sure enough\n";
        assert_eq!(row(&answer), expected);
        answer.mention = Mention::new(" ");
        assert_eq!(Mapping::of(&answer), None);
        answer.mention = Mention::new("fits");
        (answer.outcome, answer.decided_by) = (Outcome::Failed(Error::TooLong { bytes: 9 }), DecidedBy::Error);
        assert_eq!(Mapping::of(&answer), None);
    }

    #[test]
    fn a_models_part_is_stated() {
        let mut answer = answered(Scope::Exact, ranks(Some(1), None, None));
        answer.decided_by = DecidedBy::Model;
        let reason = "It is\nthe \"same\".".to_owned();
        answer.judgement = Some(Judgement { reason, model: "m".into(), prompt_hash: "h".into(), names: Vec::new() });
        let row = row(&answer);
        assert!(row.contains("\tsemapv:CompositeMatching\t\t0.877\t"), "{row}");
        let comment = "\t\"m chose it among the candidates it was offered: It is the \"\"same\"\". (prompt h)\"\n";
        assert!(row.ends_with(comment), "{row}");
        answer.outcome = Outcome::NoMatch;
        let mapping = Mapping::of(&answer).unwrap();
        assert!(mapping.comment.unwrap().starts_with("m chose none of the candidates it was offered"));
        assert_eq!(mapping.confidence, Some(0.87654));
    }

    #[test]
    fn a_row_is_one_line_without_formulas() {
        let mut answer = answered(Scope::Label, ranks(Some(1), None, None));
        for (mention, cell) in [
            ("=1\t+1\n", "'=1 +1 \t"),
            ("#1 digit", "\"#1 digit\"\t"),
            ("5\" long", "\"5\"\" long\"\t"),
            ("-1", "-1\t"),
            ("NA", "NA \t"),
            ("NAT", "NAT\t"),
        ] {
            answer.mention = Mention::new(mention);
            let row = row(&answer);
            assert!(row.starts_with(cell) && row.lines().count() == 1, "{row:?}");
        }
    }

    #[test]
    fn the_header_says_what_all_rows_have_in_common() {
        let mut out = Vec::new();
        set().write_header(&mut out).unwrap();
        let expected = "#sssom_version: \"1.1\"\n#curie_map:\n#  HP: \"http://purl.obolibrary.org/obo/HP_\"\n\
            #  obo: \"http://purl.obolibrary.org/obo/\"\n";
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with(expected), "{text}");
        for line in [
            "#object_source: \"obo:hp.owl\"",
            "#object_source_version: \"2024-08-13\"",
            "#subject_type: \"rdfs literal\"",
            "#mapping_date: \"2026-11-23\"",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}: {text}");
        }
        assert_eq!(text.lines().last().unwrap().split('\t').count(), COLUMNS.len());
    }

    #[test]
    fn every_identifier_has_a_prefix() {
        let all = prefixes(["HGNC:5", "LIMB:1", "http://a.org/x#1", "https://b.org/y/2", "http://a.org/x#2", "EFO:1"]);
        let expected = [
            ("EFO", "http://www.ebi.ac.uk/efo/EFO_"),
            ("HGNC", "https://bioregistry.io/hgnc:"),
            ("LIMB", "https://bioregistry.io/limb:"),
            ("ns1", "http://a.org/x#"),
            ("ns2", "https://b.org/y/"),
        ];
        assert_eq!(all, expected.map(|(prefix, address)| (prefix.to_owned(), address.to_owned())));
        let set = MappingSet { prefixes: all, ..set() };
        assert_eq!(set.contracted(&Curie::parse("http://a.org/x#2").unwrap()), "ns1:2");
        let named = |name: &str, prefixes: &[&str]| {
            let prefixes = prefixes.iter().map(|&prefix| (prefix.to_owned(), String::new())).collect();
            let ontology = OntologyTag { name: name.into(), version: None };
            let (prefix, source) = MappingSet { ontology, prefixes, ..set.clone() }.source();
            format!("{prefix}:{source}")
        };
        assert_eq!(named("mine", &["MONDO"]), "obo:mondo.owl");
        assert_eq!(named("hgnc", &["HGNC"]), "bioregistry:hgnc");
        assert_eq!(named("Limbs", &["LIMB"]), "bioregistry:limbs");
        assert_eq!(named("both", &["HP", "GO"]), "bioregistry:both");
    }
}
