//! Tables of proteins, as `UniProt` exports them: `Entry` and `Protein names`, of which the first is recommended and others
//! follow in parentheses.

use anyhow::anyhow;

use super::rows::{Row, Said};
use crate::ontology::{Curie, Name, Scope, xref};
use crate::tables::Table;

/// What the names of a protein are called among a gene's.
const KIND: &str = "protein_name";

/// What begins the parts of a protein, which are other things.
const PARTS: [&str; 2] = ["[Cleaved into:", "[Includes:"];

/// What stands in parentheses and is no name.
const NOT_NAMES: [&str; 2] = ["Fragment", "Fragments"];

/// Where the columns are.
pub(super) struct Columns {
    entry: usize,
    names: usize,
}

impl Columns {
    /// `None` where the header is another format's.
    pub(super) fn of(table: &Table) -> Option<Self> {
        Some(Self { entry: table.column("Entry")?, names: table.column("Protein names")? })
    }

    pub(super) fn read(&self, row: &Row<'_>) -> anyhow::Result<Said> {
        let accession = row.cell(Some(self.entry)).unwrap_or_default();
        let id: Curie = xref::of_bare(accession)
            .filter(|id| id.prefix() == "UniProtKB")
            .ok_or_else(|| anyhow!(row.holds("Entry", accession, "which is no accession of UniProt")))?;
        let names = names(row.cell(Some(self.names)).unwrap_or_default());
        if names.is_empty() {
            return Ok(Said::Nothing(format!("{id} has no name")));
        }
        let name = |text: &str| Name { kind: Some(KIND.to_owned()), ..Name::new(text, Scope::Exact) };
        Ok(Said::Names(id, names.into_iter().map(name).collect()))
    }
}

/// The names of a protein: the one before the parentheses at the end, then those inside them.
fn names(written: &str) -> Vec<&str> {
    let end = PARTS.iter().filter_map(|part| written.find(part)).min().unwrap_or(written.len());
    let mut rest = written[..end].trim();
    let mut inside = Vec::new();
    while let Some((before, name)) = last_parentheses(rest) {
        inside.push(name);
        rest = before;
    }
    let is_name = |name: &&str| !name.is_empty() && !NOT_NAMES.contains(name) && !is_enzyme_number(name);
    // What was withdrawn has this word for a name.
    let first = Some(rest).filter(|first| !first.eq_ignore_ascii_case("deleted"));
    first.into_iter().chain(inside.into_iter().rev()).filter(is_name).collect()
}

/// The text before balanced parentheses at its end that stand apart from it, and what is inside them.
fn last_parentheses(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 1;
    for (at, c) in inner.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let before = text[..at].strip_suffix(' ')?.trim_end();
            return (!before.is_empty()).then(|| (before, inner[at + 1..].trim()));
        }
    }
    None
}

/// `EC 2.7.11.1`, `EC 3.4.-.-`: a number of a reaction, which many proteins share.
fn is_enzyme_number(name: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    name.strip_prefix("EC ").is_some_and(|number| number.split('.').count() > 1 && number.split('.').all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_before_and_in_the_parentheses_at_the_end() {
        for (written, expected) in [
            ("Protein one", &["Protein one"][..]),
            ("Protein one (P1) (Antigen NY-1)", &["Protein one", "P1", "Antigen NY-1"]),
            (
                "DNA (cytosine-5)-methyltransferase 1 (Dnmt1) (EC 2.1.1.37)",
                &["DNA (cytosine-5)-methyltransferase 1", "Dnmt1"],
            ),
            ("Exchanger 1 (Na(+)/H(+) exchanger 1) (NHE-1)", &["Exchanger 1", "Na(+)/H(+) exchanger 1", "NHE-1"]),
            ("Alpha-(1,3)-transferase", &["Alpha-(1,3)-transferase"]),
            ("Enzyme (EC 3.4.-.-) (EC 1.1.1.n12) (Fragment)", &["Enzyme"]),
            ("Precursor (PRE) [Cleaved into: Part A (PA); Part B]", &["Precursor", "PRE"]),
            ("Fusion [Includes: One (EC 1.1.1.1); Two] [Cleaved into: Three]", &["Fusion"]),
            ("Channel (open) (", &["Channel (open) ("]),
            ("Odd) (a)", &["Odd)", "a"]),
            ("(a)", &["(a)"]),
            ("deleted", &[]),
            ("", &[]),
        ] {
            assert_eq!(names(written), expected, "{written}");
        }
    }
}
