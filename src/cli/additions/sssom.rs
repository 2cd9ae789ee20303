//! Mappings in SSSOM: where one side is the ontology's, the label of the other is a name of it.

use std::collections::HashMap;

use anyhow::{Context as _, bail};

use super::rows::{Row, Said};
use crate::ontology::{Curie, Name, Scope};
use crate::tables::Table;

/// Where the columns are, and what prefixes mean.
pub(super) struct Columns {
    predicate: usize,
    modifier: Option<usize>,
    subject: Side,
    object: Side,
    /// Addresses by prefix, of the comments above the header.
    prefixes: HashMap<String, String>,
}

/// The columns of one side.
struct Side {
    /// None where mappings are of words.
    id: Option<usize>,
    label: Option<usize>,
    /// The identifier's column.
    column: &'static str,
}

impl Columns {
    /// `None` where the header is another format's.
    ///
    /// # Errors
    /// Where mappings have no labels.
    pub(super) fn of(table: &Table) -> anyhow::Result<Option<Self>> {
        let column = |name: &str| table.column(name);
        let (Some(predicate), Some(_)) = (column("predicate_id"), column("object_id")) else { return Ok(None) };
        let subject = Side { id: column("subject_id"), label: column("subject_label"), column: "subject_id" };
        let object = Side { id: column("object_id"), label: column("object_label"), column: "object_id" };
        if subject.label.is_none() && (object.label.is_none() || subject.id.is_none()) {
            bail!("`{}` has no column `subject_label`", table.place());
        }
        let prefixes = prefixes(table.comments());
        Ok(Some(Self { predicate, modifier: column("predicate_modifier"), subject, object, prefixes }))
    }

    pub(super) fn read(&self, row: &Row<'_>, is_ours: &dyn Fn(&Curie) -> bool) -> anyhow::Result<Said> {
        let Some(predicate) = row.cell(Some(self.predicate)) else { return Err(row.error("the row has no predicate")) };
        let (subject, object) = (self.identifier(row, &self.subject)?, self.identifier(row, &self.object)?);
        let nothing = |why: &str| Ok(Said::Nothing(why.to_owned()));
        if row.cell(self.modifier).is_some() {
            return nothing("a mapping that is denied");
        }
        let is_nothing = |id: &Option<Curie>| id.as_ref().is_some_and(|id| id.local() == "NoTermFound");
        if is_nothing(&subject) || is_nothing(&object) {
            return nothing("a mapping to nothing");
        }
        let Some((of_object, of_subject)) = scopes(predicate) else {
            return Ok(Said::Nothing(format!("`{predicate}` does not make a name")));
        };
        let ours = |id: &Option<Curie>| id.as_ref().is_some_and(is_ours);
        let (id, label, scope) = match (subject, object) {
            (subject, object) if ours(&subject) && ours(&object) => {
                return nothing("a mapping inside the ontology");
            }
            (Some(subject), object) if is_ours(&subject) && object.is_some() => {
                (subject, self.object.label, of_subject)
            }
            // Where neither is, the object may be something that the ontology refers to.
            (_, Some(object)) => (object, self.subject.label, of_object),
            _ => return nothing("a mapping without an object"),
        };
        match row.cell(label) {
            Some(text) => Ok(Said::Names(id, vec![Name::new(text, scope)])),
            None => nothing("a mapping without a label"),
        }
    }

    /// The identifier of a side, where it has one.
    fn identifier(&self, row: &Row<'_>, side: &Side) -> anyhow::Result<Option<Curie>> {
        let Some(text) = row.cell(side.id) else { return Ok(None) };
        let address = text.split_once(':').and_then(|(prefix, local)| {
            let address = self.prefixes.get(prefix)?;
            Curie::parse(&format!("{address}{local}")).ok().filter(|id| !id.as_str().contains("://"))
        });
        match address {
            Some(id) => Ok(Some(id)),
            None => {
                Curie::parse(text).map(Some).with_context(|| row.holds(side.column, text, "which is no identifier"))
            }
        }
    }
}

/// The scope of the subject's label as a name of the object, and of the object's label as a name of the subject; `None`
/// for a predicate that relates them in another way.
fn scopes(predicate: &str) -> Option<(Scope, Scope)> {
    let word = predicate.rsplit([':', '#', '/']).next().unwrap_or(predicate);
    Some(match word {
        "exactMatch" | "equivalentClass" | "sameAs" | "equivalentTo" => (Scope::Exact, Scope::Exact),
        // The object is broader than the subject.
        "broadMatch" | "subClassOf" => (Scope::Narrow, Scope::Broad),
        "narrowMatch" => (Scope::Broad, Scope::Narrow),
        "closeMatch" | "hasDbXref" => (Scope::Related, Scope::Related),
        _ => return None,
    })
}

/// The prefixes of the `curie_map` in the metadata above a header: lines that are indented below its own.
fn prefixes(comments: &[String]) -> HashMap<String, String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = comments.iter().skip_while(|line| line.trim() != "curie_map:");
    let Some(first) = lines.next().map(|line| indent(line)) else { return HashMap::new() };
    let inside = lines.take_while(|line| line.trim().is_empty() || indent(line) > first);
    let unquoted = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    inside
        .filter_map(|line| line.split_once(':'))
        .map(|(prefix, address)| (unquoted(prefix), unquoted(address)))
        .filter(|(_, address)| address.contains("://"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_those_indented_below_the_map() {
        let comments =
            ["license: x", "curie_map:", "  a: \"http://a.org/\"", "  'b': http://b.org/#", "comment: c:://"];
        let prefixes = prefixes(&comments.map(str::to_owned));
        assert_eq!(prefixes.len(), 2);
        assert_eq!((prefixes["a"].as_str(), prefixes["b"].as_str()), ("http://a.org/", "http://b.org/#"));
    }

    #[test]
    fn a_broader_object_is_called_by_a_narrower_name() {
        assert_eq!(scopes("skos:broadMatch"), Some((Scope::Narrow, Scope::Broad)));
        assert_eq!(scopes("http://www.w3.org/2004/02/skos/core#narrowMatch"), Some((Scope::Broad, Scope::Narrow)));
        assert_eq!(scopes("semapv:crossSpeciesExactMatch"), None);
    }
}
