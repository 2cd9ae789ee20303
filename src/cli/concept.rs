//! What the ontology says of one concept, laid out for people.

use std::io::Write;

use super::output::{BOLD, COMMAND, DIM, IDENTIFIER, styled};
use crate::index::{Error, Found, Names};
use crate::ontology::{Concept, Curie, Name, Scope};

/// Writes what `id` leads to; `width` columns are there for a definition.
pub(super) fn write(out: &mut dyn Write, id: &Curie, found: &Found, names: &Names, width: u16) -> anyhow::Result<()> {
    match found {
        Found::Live(concept) => card(out, concept, names, width),
        Found::Merged(concept) => {
            writeln!(out, "{}", merged(id, concept))?;
            card(out, concept, names, width)
        }
        Found::Retired(concept) => {
            writeln!(out, "{}", retired(concept, names)?)?;
            card(out, concept, names, width)
        }
    }
}

/// One line that says what an identifier was merged into.
pub(super) fn merged(id: &Curie, concept: &Concept) -> String {
    format!("{} was merged into {} {}", styled(IDENTIFIER, id), styled(IDENTIFIER, &concept.id), concept.label())
}

/// One line that says that an identifier of another vocabulary is what a concept refers to.
pub(super) fn referring(id: &Curie, concept: &Concept) -> String {
    let (id, own) = (styled(IDENTIFIER, id), styled(IDENTIFIER, &concept.id));
    format!("{id} is a cross-reference of {own} {}", concept.label())
}

/// One line that says that a concept is retired and where to go instead.
pub(super) fn retired(concept: &Concept, names: &Names) -> Result<String, Error> {
    let retirement = concept.retirement.clone().unwrap_or_default();
    let line = format!("{} is retired", styled(IDENTIFIER, &concept.id));
    let (verb, others) = match (retirement.replaced_by.as_slice(), retirement.consider.as_slice()) {
        ([], []) => return Ok(line + "; the ontology names no replacement"),
        ([], consider) => ("; consider", consider),
        (replaced_by, _) => (", replaced by", replaced_by),
    };
    let others: Result<Vec<String>, Error> = others.iter().map(|id| labelled(id, names)).collect();
    Ok(format!("{line}{verb} {}", others?.join(", ")))
}

/// An identifier and, where the index has the concept, its label.
fn labelled(id: &Curie, names: &Names) -> Result<String, Error> {
    let label = match names.find(id)? {
        Some(Found::Live(concept) | Found::Merged(concept) | Found::Retired(concept)) => concept.label().to_owned(),
        None => String::new(),
    };
    let id = styled(IDENTIFIER, id);
    Ok(if label.is_empty() { id } else { format!("{id} {label}") })
}

fn card(out: &mut dyn Write, concept: &Concept, names: &Names, width: u16) -> anyhow::Result<()> {
    writeln!(out, "{}  {}", styled(IDENTIFIER, &concept.id), styled(BOLD, concept.label()))?;
    if let Some(definition) = &concept.definition {
        for line in wrap(definition, usize::from(width).saturating_sub(2)) {
            writeln!(out, "  {line}")?;
        }
    }
    let synonyms: Vec<&Name> = concept.synonyms().collect();
    section(out, "synonyms", synonyms.iter().map(|name| Ok(synonym(name))))?;
    section(out, "parents", concept.parents.iter().map(|parent| labelled(parent, names)))?;
    section(out, "namespace", concept.namespace.iter().map(|namespace| Ok(namespace.clone())))?;
    section(out, "merged into it", concept.alternative_ids.iter().map(|id| Ok(id.to_string())))?;
    section(out, "xrefs", concept.xrefs.iter().map(|xref| Ok(xref.clone())))?;
    section(out, "subsets", concept.subsets.iter().map(|subset| Ok(subset.clone())))?;
    section(out, "page", concept.id.url().iter().map(|url| Ok(styled(COMMAND, url))))
}

fn synonym(name: &Name) -> String {
    format!("{} {}", name.text, styled(DIM, format_args!("({})", relation(name.scope, name.kind.as_deref()))))
}

/// How a name relates to its concept: `exact, layperson`.
pub(super) fn relation(scope: Scope, kind: Option<&str>) -> String {
    let scope = scope.as_str().to_lowercase();
    kind.map_or_else(|| scope.clone(), |kind| format!("{scope}, {}", kind.replace('_', " ")))
}

/// A heading in the margin and a line for each item; nothing where there is none.
fn section(
    out: &mut dyn Write,
    heading: &str,
    items: impl Iterator<Item = Result<String, Error>>,
) -> anyhow::Result<()> {
    for (at, item) in items.enumerate() {
        let heading = if at == 0 { heading } else { "" };
        writeln!(out, "  {}{}", styled(DIM, format_args!("{heading:<16}")), item?)?;
    }
    Ok(())
}

/// Breaks a text at white space into lines of at most `width` columns, longer words apart.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr as _;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
