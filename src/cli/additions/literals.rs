//! Literal mappings: a text and the identifier it names, in the columns of ssslm and of biosynonyms before it.

use super::rows::{Row, Said};
use crate::ontology::{Name, Scope, obo};
use crate::tables::Table;

/// Where the columns are.
pub(super) struct Columns {
    text: usize,
    id: usize,
    /// How the text relates to what is identified.
    predicate: Option<usize>,
    kind: Option<usize>,
    language: Option<usize>,
}

impl Columns {
    /// `None` where the header is another format's.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let column = |name: &str| table.column(name);
        let (text, id) = (column("text")?, column("curie")?);
        // Before there were predicates, the relation stood in the column of the type.
        let predicate = column("predicate").or_else(|| column("scope"));
        let (predicate, kind) = if predicate.is_some() { (predicate, column("type")) } else { (column("type"), None) };
        Some(Self { text, id, predicate, kind, language: column("language") })
    }

    pub(super) fn read(&self, row: &Row<'_>) -> anyhow::Result<Said> {
        let text = row.name(self.text)?;
        let id = row.identifier(self.id, "curie")?;
        let scope = match row.cell(self.predicate) {
            Some(written) => scope(written).ok_or_else(|| {
                row.error(&format!("`{written}` is no predicate of a name (such as `oboInOwl:hasExactSynonym`)"))
            })?,
            // What is not said is what OBO takes for granted.
            None => Scope::Related,
        };
        let kind = row.cell(self.kind).map(obo::kind);
        let kind = kind.map(|kind| kind.rsplit(':').next().unwrap_or_default().to_owned());
        let language = row.cell(self.language).map(str::to_lowercase);
        Ok(Said::Names(id, vec![Name { kind, language, ..Name::new(text, scope) }]))
    }
}

/// The scope that a predicate means: `oboInOwl:hasExactSynonym`, `oio:hasBroadSynonym`, `rdfs:label`, `skos:altLabel`.
fn scope(written: &str) -> Option<Scope> {
    let word = written.rsplit([':', '#', '/']).next().unwrap_or(written);
    match word.to_ascii_lowercase().as_str() {
        "preflabel" => Some(Scope::Label),
        "altlabel" | "hiddenlabel" | "synonym" => Some(Scope::Exact),
        "hassynonym" => Some(Scope::Related),
        word => Scope::parse(word),
    }
}
