//! What each column of a table holds, told by its header or by the options.

use super::super::{Error, Scope};
use super::Options;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    /// The label; in a further row of the same identifier, another name.
    Label,
    /// Names, separated by `|`.
    Synonyms(Scope, Option<String>),
    /// The scope of the row's name.
    Scope,
    /// The synonym type of the row's name.
    Kind,
    Definition,
    Parents,
    Namespace,
    /// Subsets, separated by `|`.
    Subsets,
    AlternativeIds,
    /// Cross-references, to be written with this prefix.
    Xrefs(&'static str),
    /// Whether the concept is retired.
    Retired,
    /// HGNC's status: retired unless `Approved`.
    Status,
    ReplacedBy,
    Unused,
}

/// Names of identifier columns, the most telling first.
const IDS: [&str; 9] =
    ["curie", "id", "identifier", "term_id", "concept_id", "class_id", "ontology_id", "hgnc_id", "code"];

/// Names of label columns, the most telling first; the others become synonyms.
const LABELS: [&str; 11] = [
    "label",
    "preferred_label",
    "preferred_name",
    "preferred_term",
    "pref_label",
    "preflabel",
    "symbol",
    "name",
    "term",
    "concept_name",
    "title",
];

/// The columns that tell HGNC's complete set.
const HGNC: [&str; 5] = ["hgnc_id", "symbol", "status", "alias_symbol", "prev_symbol"];

/// Whether this is the header of HGNC's complete set.
pub(super) fn is_hgnc(header: &[String]) -> bool {
    let plain: Vec<String> = header.iter().map(|name| plain(name)).collect();
    HGNC.iter().all(|name| plain.iter().any(|column| column == name))
}

/// The role of a column of HGNC's complete set.
fn hgnc(column: &str) -> Role {
    match column {
        "hgnc_id" => Role::Id,
        "symbol" => Role::Label,
        "status" => Role::Status,
        "gene_group" => Role::Subsets,
        // Each means this gene and no other: a previous symbol was its symbol, an alias is used for it.
        "name" | "alias_symbol" | "alias_name" | "prev_symbol" | "prev_name" => {
            Role::Synonyms(Scope::Exact, Some(column.to_owned()))
        }
        "entrez_id" => Role::Xrefs("NCBIGene:"),
        "ensembl_gene_id" => Role::Xrefs("ensembl:"),
        "uniprot_ids" => Role::Xrefs("UniProtKB:"),
        "omim_id" => Role::Xrefs("OMIM:"),
        "refseq_accession" => Role::Xrefs("RefSeq:"),
        "orphanet" => Role::Xrefs("Orphanet:"),
        _ => Role::Unused,
    }
}

/// The role of each column of `header`, which stands in `line` of `place`.
///
/// # Errors
/// [`Error::Malformed`] where there is no identifier, no name, or no column of a name that `options` give.
pub(super) fn roles(header: &[String], options: &Options, place: &str, line: usize) -> Result<Vec<Role>, Error> {
    let malformed = |what: String| Error::Malformed {
        place: place.to_owned(),
        line,
        message: format!("{what} among `{}`", header.join("`, `")),
    };
    let plain: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let position = |name: &str| plain.iter().position(|column| column == name);
    let given = |name: &str| {
        let exact = header.iter().position(|column| column == name);
        exact.or_else(|| position(&self::plain(name))).ok_or_else(|| malformed(format!("no column `{name}`")))
    };

    let mut roles: Vec<Role> = if is_hgnc(header) {
        plain.iter().map(|name| hgnc(name)).collect()
    } else {
        let with_scopes = position("scope").or(position("synonym_scope")).is_some();
        plain.iter().map(|name| known(name, with_scopes)).collect()
    };

    let id = if let Some(name) = &options.id_column {
        given(name)?
    } else {
        let known = roles.iter().position(|role| *role == Role::Id);
        let found = known.or_else(|| IDS.iter().find_map(|name| position(name)));
        found.ok_or_else(|| malformed("no column of identifiers".to_owned()))?
    };
    roles[id] = Role::Id;
    let label = match &options.label_column {
        Some(name) => Some(given(name)?),
        None => roles
            .iter()
            .position(|role| *role == Role::Label)
            .or_else(|| LABELS.iter().filter_map(|name| position(name)).find(|&position| position != id)),
    };
    for (role, name) in roles.iter_mut().zip(&plain) {
        if *role == Role::Label || (*role == Role::Unused && LABELS.contains(&name.as_str())) {
            *role = Role::Synonyms(Scope::Exact, None);
        }
    }
    if let Some(label) = label {
        roles[label] = Role::Label;
    }
    if !options.synonym_columns.is_empty() {
        for role in roles.iter_mut().filter(|role| matches!(role, Role::Synonyms(..))) {
            *role = Role::Unused;
        }
        for name in &options.synonym_columns {
            let column = given(name)?;
            if !matches!(roles[column], Role::Label | Role::Id) {
                let scope = synonyms(&plain[column]).unwrap_or(Scope::Exact);
                roles[column] = Role::Synonyms(scope, None);
            }
        }
    }
    if roles.iter().any(|role| matches!(role, Role::Label | Role::Synonyms(..))) {
        Ok(roles)
    } else {
        Err(malformed("no column of names".to_owned()))
    }
}

/// Whether this may be the name of an identifier column.
pub(super) fn is_id(name: &str) -> bool {
    IDS.contains(&plain(name).as_str())
}

/// The role of a column by its name; identifiers and labels are chosen among several later.
fn known(name: &str, with_scopes: bool) -> Role {
    match name {
        "scope" | "synonym_scope" => Role::Scope,
        "kind" | "synonym_type" | "name_type" => Role::Kind,
        // In a table without scopes, a type more often tells genes from diseases than a plural from a label.
        "type" if with_scopes => Role::Kind,
        "definition" | "definitions" | "def" => Role::Definition,
        "parents" | "parent" | "is_a" | "parent_id" | "parent_ids" | "subclass_of" => Role::Parents,
        "namespace" => Role::Namespace,
        "alt_id" | "alt_ids" | "alternative_id" | "alternative_ids" => Role::AlternativeIds,
        "xref" | "xrefs" | "database_cross_reference" => Role::Xrefs(""),
        "obsolete" | "is_obsolete" | "deprecated" => Role::Retired,
        "replaced_by" => Role::ReplacedBy,
        _ => synonyms(name).map_or(Role::Unused, |scope| Role::Synonyms(scope, None)),
    }
}

/// The scope of a column of synonyms, told by its name.
fn synonyms(name: &str) -> Option<Scope> {
    let singular = name.strip_suffix('s').filter(|stem| *stem != "alia").unwrap_or(name);
    match singular.strip_suffix("e").filter(|stem| *stem == "alias").unwrap_or(singular) {
        "synonym" | "alias" | "alternative_name" | "alternative_label" | "alternative_term" | "alt_name"
        | "alt_label" | "exact_synonym" | "hasexactsynonym" => Some(Scope::Exact),
        "narrow_synonym" | "hasnarrowsynonym" => Some(Scope::Narrow),
        "broad_synonym" | "hasbroadsynonym" => Some(Scope::Broad),
        "related_synonym" | "hasrelatedsynonym" => Some(Scope::Related),
        _ => None,
    }
}

/// A column name without case, decoration and spaces.
fn plain(name: &str) -> String {
    name.trim().trim_start_matches('#').trim_start().to_lowercase().replace([' ', '-', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &[&str], options: &Options) -> Result<Vec<Role>, Error> {
        let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
        roles(&header, options, "x.tsv", 1)
    }

    #[test]
    fn common_headers_are_known() {
        let synonyms = |scope| Role::Synonyms(scope, None);
        assert_eq!(
            of(&["#ID", "Preferred Label", "aliases", "Broad synonyms", "parents", "x"], &Options::default()).unwrap(),
            [Role::Id, Role::Label, synonyms(Scope::Exact), synonyms(Scope::Broad), Role::Parents, Role::Unused]
        );
        assert_eq!(
            of(&["name", "curie", "label", "alias", "type"], &Options::default()).unwrap(),
            [synonyms(Scope::Exact), Role::Id, Role::Label, synonyms(Scope::Exact), Role::Unused]
        );
        assert_eq!(
            of(&["id", "name", "scope", "type"], &Options::default()).unwrap(),
            [Role::Id, Role::Label, Role::Scope, Role::Kind]
        );
    }

    #[test]
    fn options_come_before_headers() {
        let options = Options {
            id_column: Some("key".into()),
            label_column: Some("Text".into()),
            synonym_columns: vec!["other".into()],
            ..Options::default()
        };
        assert_eq!(
            of(&["id", "key", "text", "other", "synonyms"], &options).unwrap(),
            [Role::Unused, Role::Id, Role::Label, Role::Synonyms(Scope::Exact, None), Role::Unused]
        );
        let message = of(&["id", "label"], &options).unwrap_err().to_string();
        assert_eq!(message, "x.tsv:1: no column `key` among `id`, `label`");
    }

    #[test]
    fn a_table_without_identifiers_or_names_is_refused_with_its_columns() {
        let message = of(&["a", "label"], &Options::default()).unwrap_err().to_string();
        assert_eq!(message, "x.tsv:1: no column of identifiers among `a`, `label`");
        let message = of(&["id", "b"], &Options::default()).unwrap_err().to_string();
        assert_eq!(message, "x.tsv:1: no column of names among `id`, `b`");
    }
}
