//! Tables: the answer as columns after the input's own.
//!
//! The columns are those of [`COLUMNS`]; where the input has a column of such a name, ours is called `term2id_` and
//! the name. `confidence` is the estimated probability that the first candidate is right, of which a no match for want of
//! confidence has one as well; `tied_with` are the other candidates that cannot be told apart from the answer, by
//! identifier with `|` between them, as far as they are among the candidates that are kept. Empty are `id`, `label`,
//! `score`, `name`, `scope` and `tied_with` where there is no match, `confidence` where nothing was learnt that
//! estimates it, `ontology_version` where the release is not known, and `error` where nothing went wrong. A table shows
//! the answer only; its other candidates stand in JSON lines.
//!
//! A composite mention has the answers to its parts, in their order, in `id`, `label`, `name` and `scope`, with `|` between
//! them, and the parts so in `parts`; `confidence` is the probability that all are right, `decided_by` is `parts`, and
//! `score` is empty. `qualifiers` says what words at the edges of the mention say beside its concept, with `|` between
//! them: `negated:` and the words that negate it, `left`, `right`, `bilateral` or `unilateral`, and `borderline`, `mild`,
//! `moderate`, `severe` or `profound`. What holds for a part only has the part's number before it: `2:negated:no`; a part
//! without a match, which has no identifier among those in `id`, is `2:unmatched`. A mention of a family of genes has
//! `group:` and its name. Both columns are empty in most rows.
//!
//! Where a model may be asked, `reason`, `model` and `prompt_hash` follow ([`MODEL_COLUMNS`]), empty in rows it was not
//! asked about; `confidence` is then, in rows it decided, how sure it was.
//!
//! CSV is quoted where it must be. TSV knows no quotes: what stands between two tabs is the value, and a tab or line
//! break inside a value becomes a space.
//!
//! Where cross-references are asked for, a column for each namespace follows, called as it was asked for, with `|` between
//! its identifiers; empty where the answer has none.
//!
//! A cell that a spreadsheet would take for a formula has a `'` before it, in the columns of the input too: one that
//! begins with `=`, `@`, a tab or a carriage return, and one that begins with `+` or `-` and goes on with a call, a bar, an
//! exclamation mark or the name of a cell ([`is_formula`](crate::tables::is_formula)). `-5 diopters`, `+/-` and numbers stay as they are.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{answers, error_line};
use crate::normalize::Normalization;
use crate::tables::guarded;

/// The names of the columns, in order.
pub const COLUMNS: [&str; 13] = [
    "id",
    "label",
    "score",
    "confidence",
    "name",
    "scope",
    "tied_with",
    "parts",
    "qualifiers",
    "ontology",
    "ontology_version",
    "decided_by",
    "error",
];

/// The names of the columns that follow where a model may be asked.
pub const MODEL_COLUMNS: [&str; 3] = ["reason", "model", "prompt_hash"];

/// What stands before the name of a column of ours where the input has one of that name.
pub const PREFIX: &str = "term2id_";

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Tabs, no quotes.
    Tsv,
    /// Commas, quotes where needed.
    Csv,
    /// Written as CSV for who reads it back and makes something else of it: cells are what they are.
    Cells,
}

impl Dialect {
    /// What stands between two cells.
    pub const fn separator(self) -> u8 {
        match self {
            Self::Tsv => b'\t',
            Self::Csv | Self::Cells => b',',
        }
    }

    /// Writes `cells` and the end of the line.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_line<'a>(
        self,
        out: &mut dyn Write,
        cells: impl IntoIterator<Item = impl Into<Cow<'a, str>>>,
    ) -> io::Result<()> {
        let is_guarded = self != Self::Cells;
        let cells = cells.into_iter().map(|cell| if is_guarded { guarded(cell.into()) } else { cell.into() });
        match self {
            Self::Tsv => {
                for (position, cell) in cells.enumerate() {
                    if position > 0 {
                        out.write_all(b"\t")?;
                    }
                    out.write_all(cell.replace(['\t', '\n', '\r'], " ").as_bytes())?;
                }
                out.write_all(b"\n")
            }
            Self::Csv | Self::Cells => {
                let mut writer = csv::WriterBuilder::new().buffer_capacity(512).from_writer(out);
                for cell in cells {
                    writer.write_field(cell.as_bytes())?;
                }
                writer.write_record(None::<&[u8]>)?;
                writer.flush()
            }
        }
    }
}

/// The names of our columns after those of the input, with those of [`MODEL_COLUMNS`] where a model `may_judge`, and those
/// of the `namespaces` of cross-references.
pub fn header(input: &[String], may_judge: bool, namespaces: &[String]) -> Vec<String> {
    let columns = COLUMNS.into_iter().chain(MODEL_COLUMNS.into_iter().filter(|_| may_judge));
    untaken(columns.map(str::to_owned).chain(namespaces.iter().cloned()), input)
}

/// `columns`, with `term2id_` before those whose names are `taken`.
pub fn untaken(columns: impl Iterator<Item = String>, taken: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for mut name in columns {
        while taken.contains(&name) || names.contains(&name) {
            name.insert_str(0, PREFIX);
        }
        names.push(name);
    }
    names
}

/// The cells of our columns, in the order of [`header`].
pub fn cells(normalization: &Normalization, may_judge: bool) -> Vec<Cow<'_, str>> {
    let ontology = &normalization.ontology;
    let said = |of| answers(normalization, of).unwrap_or_default();
    let rounded = |number: Option<f32>| number.map(|number| format!("{number:.4}")).unwrap_or_default();
    let error = normalization.error().map(|error| error_line(error));
    let mut cells = vec![
        said(|answer| answer.id.as_str()),
        said(|answer| &answer.label),
        Cow::Owned(rounded(normalization.answer().map(|answer| answer.score))),
        Cow::Owned(rounded(normalization.confidence)),
        said(|answer| &answer.name),
        said(|answer| answer.scope.as_str()),
        Cow::Owned(tied_with(normalization)),
        Cow::Owned(parts(normalization)),
        Cow::Owned(qualifiers(normalization)),
        Cow::Borrowed(&ontology.name),
        Cow::Borrowed(ontology.version.as_deref().unwrap_or_default()),
        Cow::Borrowed(normalization.decided_by.as_str()),
        Cow::Owned(error.unwrap_or_default()),
    ];
    if may_judge {
        let said =
            normalization.judgement.as_ref().map_or([""; 3], |said| [&said.reason, &said.model, &said.prompt_hash]);
        cells.extend(said.map(Cow::Borrowed));
    }
    cells.extend(normalization.references.iter().map(|reference| Cow::Owned(reference.ids.join("|"))));
    cells
}

/// The words of the parts of a composite mention.
fn parts(normalization: &Normalization) -> String {
    normalization.parts.iter().map(|part| part.mention.text.as_str()).collect::<Vec<_>>().join("|")
}

/// What words at the edges say: `negated:no|left`; that of a part behind its number, `2:negated:no`.
fn qualifiers(normalization: &Normalization) -> String {
    let own = normalization.qualifiers.iter();
    let of_parts = (1..)
        .zip(&normalization.parts)
        .flat_map(|(number, part)| said_of_part(part).map(move |said| format!("{number}:{said}")));
    let group = normalization.group.iter().map(|group| format!("group:{}", group.name));
    own.chain(of_parts).chain(group).collect::<Vec<_>>().join("|")
}

/// What is said of a part: what its edges say, and that it has no match.
fn said_of_part(part: &Normalization) -> impl Iterator<Item = String> {
    part.qualifiers.iter().chain(part.answer().is_none().then(|| "unmatched".to_owned()))
}

/// The identifiers of the other candidates that are tied with the answer.
fn tied_with(normalization: &Normalization) -> String {
    let tied = match (&normalization.tie, normalization.answer()) {
        (Some(tie), Some(_)) => tie.words.len(),
        _ => 0,
    };
    let others = normalization.candidates.iter().take(tied).skip(1);
    others.map(|candidate| candidate.id.as_str()).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::normalize::{DecidedBy, Error, Judgement, OntologyTag, Outcome, Qualifiers, Reference};
    use crate::ontology::{Curie, Scope};
    use crate::retrieve::{Candidate, Mention, Ranks, Scores, Tie};

    fn line(dialect: Dialect, cells: &[&str]) -> String {
        let mut out = Vec::new();
        dialect.write_line(&mut out, cells.iter().copied()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_is_quoted_where_it_must_be() {
        assert_eq!(line(Dialect::Csv, &["a", "b,c", "say \"d\"", ""]), "a,\"b,c\",\"say \"\"d\"\"\",\n");
        assert_eq!(line(Dialect::Csv, &[""]), "\"\"\n");
    }

    #[test]
    fn tsv_has_no_quotes_and_no_tab_inside_a_value() {
        assert_eq!(line(Dialect::Tsv, &["5\" long", "a\tb\r\nc", ""]), "5\" long\ta b  c\t\n");
    }

    #[test]
    fn no_table_holds_a_formula() {
        assert_eq!(line(Dialect::Csv, &["=1", "a,b", "-5 D"]), "'=1,\"a,b\",-5 D\n");
        assert_eq!(line(Dialect::Tsv, &["\t=1", "@x", "-1"]), "' =1\t'@x\t-1\n");
        assert_eq!(line(Dialect::Cells, &["=1"]), "=1\n");
    }

    #[test]
    fn names_that_are_taken_get_a_prefix() {
        let names = |input: &[&str]| header(&input.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), false, &[]);
        assert_eq!(names(&["mention"])[..2], ["id", "label"]);
        assert_eq!(names(&["mention", "id"])[..2], ["term2id_id", "label"]);
        assert_eq!(names(&["id", "term2id_id", "error"])[0], "term2id_term2id_id");
        let columns = header(&["mesh".to_owned()], true, &["mesh".to_owned(), "name".to_owned()]);
        assert_eq!(columns[COLUMNS.len() + MODEL_COLUMNS.len()..], ["term2id_mesh", "term2id_name"]);
    }

    #[test]
    fn each_outcome_has_its_cells() {
        let candidate = |id: &str| Candidate {
            id: Curie::parse(id).unwrap(),
            label: "Seizure".into(),
            name: "Fits".into(),
            scope: Scope::Exact,
            kind: None,
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks::default(),
            scores: Scores::default(),
        };
        let mut normalization = Normalization {
            mention: Mention::new("fits"),
            outcome: Outcome::Chosen(0),
            candidates: ["HP:0001250", "HP:2", "HP:3", "HP:4"].map(candidate).to_vec(),
            confidence: Some(0.87654),
            tie: Some(Tie { shared_name: None, words: vec![Vec::new(); 3] }),
            group: None,
            ontology: Arc::new(OntologyTag { name: "hp".into(), version: Some("2024".into()) }),
            decided_by: DecidedBy::Exact,
            judgement: None,
            qualifiers: Qualifiers::default(),
            parts: Vec::new(),
            references: Vec::new(),
        };
        let fits = [
            "HP:0001250",
            "Seizure",
            "0.5000",
            "0.8765",
            "Fits",
            "EXACT",
            "HP:2|HP:3",
            "",
            "",
            "hp",
            "2024",
            "exact",
            "",
        ];
        assert_eq!(cells(&normalization, false), fits);
        (normalization.outcome, normalization.decided_by) = (Outcome::NoMatch, DecidedBy::None);
        assert_eq!(cells(&normalization, false), ["", "", "", "0.8765", "", "", "", "", "", "hp", "2024", "none", ""]);
        assert_eq!(cells(&normalization, true)[13..], ["", "", ""]);
        let judgement = Judgement { reason: "r".into(), model: "m".into(), prompt_hash: "h".into(), names: Vec::new() };
        normalization.judgement = Some(judgement);
        assert_eq!(cells(&normalization, true)[13..], ["r", "m", "h"]);
        let ids = vec!["MESH:D1".to_owned(), "MESH:D2".to_owned()];
        normalization.references = vec![Reference { namespace: "mesh".into(), ids }];
        assert_eq!(cells(&normalization, true)[16..], ["MESH:D1|MESH:D2"]);
        (normalization.confidence, normalization.tie) = (None, None);
        assert_eq!(cells(&normalization, false)[3], "");
        let part = |text: &str, chosen| Normalization {
            mention: Mention::new(text),
            outcome: Outcome::Chosen(chosen),
            qualifiers: Qualifiers { negation: (chosen == 1).then(|| "no".to_owned()), ..Qualifiers::default() },
            parts: Vec::new(),
            references: Vec::new(),
            judgement: None,
            tie: None,
            candidates: normalization.candidates.clone(),
            ontology: Arc::clone(&normalization.ontology),
            group: None,
            ..normalization
        };
        let parts = vec![part("fit", 0), part("no bout", 1)];
        let (outcome, decided_by) = (Outcome::Composite, DecidedBy::Parts);
        let side = Some(crate::normalize::Side::Left);
        let qualifiers = Qualifiers { negation: Some("without".into()), side, severity: None };
        let composite = Normalization { outcome, decided_by, qualifiers, parts, ..part("fit and no bout", 0) };
        let several = [
            "HP:0001250|HP:2",
            "Seizure|Seizure",
            "",
            "",
            "Fits|Fits",
            "EXACT|EXACT",
            "",
            "fit|no bout",
            "negated:without|left|2:negated:no",
            "hp",
            "2024",
            "parts",
            "",
        ];
        assert_eq!(cells(&composite, false), several);
        (normalization.outcome, normalization.decided_by) =
            (Outcome::Failed(Error::TooLong { bytes: 9 }), DecidedBy::Error);
        assert!(cells(&normalization, false)[12].contains("too long"));
    }
}
