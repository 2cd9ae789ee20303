//! Reads tables: one row a concept with its names in columns, or one row a name.

mod columns;
mod rows;

use std::collections::HashMap;

use super::{Concept, Curie, Draft, Error, Name, Retirement, Scope, decode, species};
use columns::Role;

/// How to read a table; what is not given is told by the header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// What stands between cells.
    pub delimiter: Option<u8>,
    /// The column of identifiers.
    pub id_column: Option<String>,
    /// The column of labels.
    pub label_column: Option<String>,
    /// The columns of synonyms, and no others.
    pub synonym_columns: Vec<String>,
    /// The CURIE prefix of identifiers that are written without one (`HGNC`).
    pub prefix: Option<String>,
}

/// Reads a table with a header. Several rows of one identifier are several names of one concept.
///
/// # Errors
/// [`Error::Malformed`] where the header has no identifiers or names, a column of the options is missing, or no row
/// has an identifier.
pub fn read(bytes: &[u8], place: &str, options: &Options) -> Result<Draft, Error> {
    let mut draft = Draft::default();
    let text = decode::text(bytes, &mut draft);
    let Some((at, header_line, delimiter)) = find_header(&text, options) else { return Ok(draft) };
    let text = &text[at..];
    let header = rows::cells(text.lines().next().unwrap_or_default(), delimiter, true);
    let roles = columns::roles(&header, options, place, header_line)?;
    let id_column = roles.iter().position(|role| *role == Role::Id).unwrap_or_default();

    let looks_like_a_row =
        |cells: &[String]| cells.get(id_column).is_some_and(|cell| identifier(cell.trim(), options).is_some());
    let rows = rows::read(text, header_line, delimiter, place, looks_like_a_row)?;
    // HGNC names human genes, and says so in no column.
    let namespace = columns::is_hgnc(&header).then_some(species::HUMAN);
    let mut table = Table { draft, roles: &roles, options, namespace, positions: HashMap::new() };
    let mut unreadable = None;
    for row in rows.into_iter().skip(1) {
        if let Some(message) = row.oddity {
            table.draft.odd(row.line, message);
        }
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        table.check_width(row.line, &row.cells);
        let written = row.cells.get(id_column).map_or("", |cell| cell.trim());
        if let Some(id) = identifier(written, options) {
            table.row(row.line, id, &row.cells);
        } else {
            table.draft.odd(row.line, format!("`{written}` is no identifier; row passed over"));
            unreadable.get_or_insert_with(|| (row.line, written.to_owned()));
        }
    }
    match unreadable {
        Some((line, written)) if table.draft.concepts.is_empty() => Err(Error::Malformed {
            place: place.to_owned(),
            line,
            message: format!("`{written}` in the column `{}` is no identifier, nor is any below", header[id_column]),
        }),
        _ => Ok(table.draft),
    }
}

/// Where the header begins, its line, and what stands between its cells. Comments may stand above it.
fn find_header(text: &str, options: &Options) -> Option<(usize, usize, u8)> {
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let delimiter = options.delimiter.unwrap_or_else(|| sniff(line));
        let is_comment = line.starts_with('#') && {
            let cells = rows::cells(line, delimiter, true);
            let is_given = |cell: &String| options.id_column.as_deref().is_some_and(|name| name == cell.trim());
            cells.len() < 2 || !cells.iter().any(|cell| columns::is_id(cell) || is_given(cell))
        };
        if !is_comment && !line.trim().is_empty() {
            return Some((at, index + 1, delimiter));
        }
        at += line.len();
    }
    None
}

/// The tab where there is one; else whichever of the usual delimiters the header has most of.
fn sniff(header: &str) -> u8 {
    let count = |delimiter: u8| header.bytes().filter(|&byte| byte == delimiter).count();
    if count(b'\t') > 0 {
        return b'\t';
    }
    let most = [b'|', b';', b','].into_iter().max_by_key(|&delimiter| count(delimiter));
    most.filter(|&delimiter| count(delimiter) > 0).unwrap_or(b'\t')
}

/// The identifier in a cell, with the prefix of the options where it has none.
fn identifier(written: &str, options: &Options) -> Option<Curie> {
    let parsed = Curie::parse(written).ok();
    match &options.prefix {
        Some(prefix) if !written.is_empty() && !written.contains(':') => parsed
            .filter(|curie| curie.prefix().eq_ignore_ascii_case(prefix))
            .or_else(|| Curie::parse(&format!("{prefix}:{written}")).ok()),
        _ => parsed.filter(|curie| !curie.local().is_empty() && !curie.prefix().is_empty()),
    }
}

struct Table<'a> {
    draft: Draft,
    roles: &'a [Role],
    options: &'a Options,
    /// The namespace of every concept that states none.
    namespace: Option<&'static str>,
    positions: HashMap<Curie, usize>,
}

impl Table<'_> {
    fn check_width(&mut self, line: usize, cells: &[String]) {
        let expected = self.roles.len();
        let surplus = cells.iter().skip(expected).any(|cell| !cell.trim().is_empty());
        if cells.len() < expected || surplus {
            let columns = cells.len();
            self.draft
                .odd(line, format!("the row has {columns} cells, the header {expected}; read as far as they agree"));
        }
    }

    fn row(&mut self, line: usize, id: Curie, cells: &[String]) {
        let position = *self.positions.entry(id.clone()).or_insert_with(|| {
            let namespace = self.namespace.map(str::to_owned);
            self.draft.concepts.push((line, Concept { namespace, ..Concept::new(id) }));
            self.draft.concepts.len() - 1
        });
        let roles = self.roles;
        let cells = roles.iter().zip(cells.iter().map(|cell| cell.trim()));
        let cells: Vec<(&Role, &str)> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
        let mut stated = Stated::default();
        for (role, cell) in &cells {
            match role {
                Role::Scope => stated.scope = self.scope(line, cell),
                Role::Kind => stated.kind = Some(cell.to_lowercase()),
                _ => {}
            }
        }
        let (mut parents, mut alternative_ids, mut replaced_by) = (Vec::new(), Vec::new(), Vec::new());
        for (role, cell) in &cells {
            match role {
                Role::Parents => parents = self.identifiers(line, cell),
                Role::AlternativeIds => alternative_ids = self.identifiers(line, cell),
                Role::ReplacedBy => replaced_by = self.identifiers(line, cell),
                _ => {}
            }
        }
        let concept = &mut self.draft.concepts[position].1;
        let mut has_another_definition = false;
        let mut is_retired = None;
        for (role, cell) in cells {
            match role {
                Role::Label => add_name(concept, cell, &stated),
                Role::Synonyms(scope, kind) => {
                    // A stated scope and type are of the row's name, which is the label column's where there is one.
                    let (scope, kind) = if roles.contains(&Role::Label) {
                        (*scope, kind.clone())
                    } else {
                        (stated.scope.unwrap_or(*scope), kind.clone().or_else(|| stated.kind.clone()))
                    };
                    let parts = cell.split('|').map(str::trim).filter(|part| !part.is_empty());
                    concept.names.extend(parts.map(|part| Name { kind: kind.clone(), ..Name::new(part, scope) }));
                }
                Role::Definition if concept.definition.is_none() => concept.definition = Some(cell.to_owned()),
                Role::Definition => has_another_definition |= concept.definition.as_deref() != Some(cell),
                Role::Namespace => concept.namespace = concept.namespace.take().or_else(|| Some(cell.to_owned())),
                Role::Subsets => {
                    let subsets = cell.split('|').map(str::trim).filter(|subset| !subset.is_empty());
                    concept.subsets.extend(subsets.map(str::to_owned));
                }
                Role::Xrefs(prefix) => {
                    for part in cell.split('|').map(str::trim).filter(|part| !part.is_empty()) {
                        let xref = format!("{prefix}{part}");
                        if !concept.xrefs.contains(&xref) {
                            concept.xrefs.push(xref);
                        }
                    }
                }
                Role::Status => is_retired = Some(!cell.eq_ignore_ascii_case("Approved")),
                Role::Retired => is_retired = Some(["true", "1", "yes", "t"].contains(&cell.to_lowercase().as_str())),
                _ => {}
            }
        }
        concept.parents.extend(parents);
        concept.alternative_ids.extend(alternative_ids);
        if is_retired == Some(true) || (is_retired.is_none() && !replaced_by.is_empty()) {
            concept.retirement.get_or_insert_with(Retirement::default).replaced_by.append(&mut replaced_by);
        }
        if !replaced_by.is_empty() {
            self.draft.odd(line, "a replacement of a concept that is not obsolete; kept as live");
        }
        if has_another_definition {
            self.draft.odd(line, "a second definition; passed over");
        }
    }

    fn scope(&mut self, line: usize, cell: &str) -> Option<Scope> {
        let scope = match cell.to_lowercase().as_str() {
            "preferred" | "name" => Some(Scope::Label),
            "synonym" | "alias" => Some(Scope::Exact),
            _ => Scope::parse(cell),
        };
        if scope.is_none() {
            self.draft.odd(line, format!("`{cell}` is no synonym scope; read as RELATED"));
        }
        scope.or(Some(Scope::Related))
    }

    fn identifiers(&mut self, line: usize, cell: &str) -> Vec<Curie> {
        let parts = cell.split('|').map(str::trim).filter(|part| !part.is_empty());
        let mut curies = Vec::new();
        for part in parts {
            match identifier(part, self.options) {
                Some(curie) => curies.push(curie),
                None => self.draft.odd(line, format!("`{part}` is no identifier; passed over")),
            }
        }
        curies
    }
}

/// What a row says of its name.
#[derive(Default)]
struct Stated {
    scope: Option<Scope>,
    kind: Option<String>,
}

/// Adds the text of the label column: the label where the concept has none, otherwise one more name.
fn add_name(concept: &mut Concept, text: &str, stated: &Stated) {
    let has_label = concept.names.iter().any(|name| name.scope == Scope::Label);
    if stated.scope.is_none() && concept.names.iter().any(|name| name.text == text && name.scope == Scope::Label) {
        return;
    }
    let scope = match stated.scope {
        None | Some(Scope::Label) if !has_label => Scope::Label,
        None | Some(Scope::Label) => Scope::Exact,
        Some(scope) => scope,
    };
    let kind = stated.kind.clone().filter(|_| scope != Scope::Label);
    concept.names.push(Name { kind, ..Name::new(text, scope) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Draft {
        read(text.as_bytes(), "x.tsv", &Options::default()).unwrap()
    }

    fn names(draft: &Draft, position: usize) -> Vec<(&str, Scope, Option<&str>)> {
        let names = &draft.concepts[position].1.names;
        names.iter().map(|name| (name.text.as_str(), name.scope, name.kind.as_deref())).collect()
    }

    #[test]
    fn one_row_a_concept_is_read() {
        let draft = table(
            "id,label,synonyms,definition,parents,obsolete,replaced_by\n\
             X:1,one,uno|eins,\"first, of all\",,,\nX:2,two,,,X:1|X:3,false,\nX:4,four,,,,true,X:2\n",
        );
        assert!(draft.oddities.is_empty());
        assert_eq!(
            names(&draft, 0),
            [("one", Scope::Label, None), ("uno", Scope::Exact, None), ("eins", Scope::Exact, None)]
        );
        assert_eq!(draft.concepts[0].1.definition.as_deref(), Some("first, of all"));
        assert_eq!(draft.concepts[1].1.parents.len(), 2);
        assert!(!draft.concepts[1].1.is_retired());
        assert_eq!(draft.concepts[2].1.retirement.as_ref().unwrap().replaced_by[0].as_str(), "X:2");
        assert_eq!(draft.concepts[2].0, 4);
    }

    #[test]
    fn one_row_a_name_is_read() {
        let draft = table(
            "curie\tname\tscope\ttype\nX:1\tone\tLABEL\t\nX:1\tuno\tEXACT\tLayperson\nX:2\ttwo\t\t\nX:2\tzwei\t\t\nX:1\tsome\tBROAD\t\n",
        );
        assert_eq!(
            names(&draft, 0),
            [("one", Scope::Label, None), ("uno", Scope::Exact, Some("layperson")), ("some", Scope::Broad, None)]
        );
        assert_eq!(names(&draft, 1), [("two", Scope::Label, None), ("zwei", Scope::Exact, None)]);
        assert!(draft.oddities.is_empty());
    }

    #[test]
    fn a_label_repeated_beside_each_synonym_stands_once() {
        let draft = table("id\tlabel\tsynonym\nX:1\tone\tuno\nX:1\tone\teins\n");
        assert_eq!(
            names(&draft, 0),
            [("one", Scope::Label, None), ("uno", Scope::Exact, None), ("eins", Scope::Exact, None)]
        );
    }

    #[test]
    fn hgncs_complete_set_is_told_by_its_header() {
        let draft = table(
            "hgnc_id\tsymbol\tname\tlocus_group\tstatus\talias_symbol\talias_name\tprev_symbol\tprev_name\tentrez_id\tensembl_gene_id\tuniprot_ids\tomim_id\n\
             HGNC:1\tA\ta gene\tx\tApproved\tB|C\t\"b \"\"gene\"\"|c\"\tOLD\told a\t7\tENSG1\tP1|P2\t100\nHGNC:2\tW~withdrawn\t\t\tEntry Withdrawn\t\t\t\t\t\t\t\t\n",
        );
        assert!(draft.oddities.is_empty());
        let exact = |text, kind| (text, Scope::Exact, Some(kind));
        assert_eq!(
            names(&draft, 0),
            [
                ("A", Scope::Label, None),
                exact("a gene", "name"),
                exact("B", "alias_symbol"),
                exact("C", "alias_symbol"),
                exact("b \"gene\"", "alias_name"),
                exact("c", "alias_name"),
                exact("OLD", "prev_symbol"),
                exact("old a", "prev_name"),
            ]
        );
        assert_eq!(
            draft.concepts[0].1.xrefs,
            ["NCBIGene:7", "ensembl:ENSG1", "UniProtKB:P1", "UniProtKB:P2", "OMIM:100"]
        );
        assert!(draft.concepts[1].1.is_retired());
    }

    #[test]
    fn identifiers_without_a_prefix_get_the_given_one() {
        let options = Options { prefix: Some("X".into()), ..Options::default() };
        let draft = read(b"id,label,parents\n1,one,\nX:2,two,1\n", "x.csv", &options).unwrap();
        let ids: Vec<_> = draft.concepts.iter().map(|(_, concept)| concept.id.as_str()).collect();
        assert_eq!(ids, ["X:1", "X:2"]);
        assert_eq!(draft.concepts[1].1.parents[0].as_str(), "X:1");
    }

    #[test]
    fn a_column_of_plain_numbers_is_refused() {
        let error = read(b"id,label\n1,one\n2,two\n", "x.csv", &Options::default()).unwrap_err();
        assert_eq!(error.to_string(), "x.csv:2: `1` in the column `id` is no identifier, nor is any below");
    }

    #[test]
    fn rows_that_do_not_fit_are_noted_with_their_lines() {
        let draft = table(
            "# made by hand\n\nid;label;synonyms\nX:1;one\nX:2;two;zwei;drei\n;none;\n;;\nX:3;three;;\nX:4;\"four;\n",
        );
        let lines: Vec<_> = draft.oddities.iter().map(|oddity| oddity.line).collect();
        assert_eq!(lines, [4, 5, 6, 9]);
        assert_eq!(draft.concepts.len(), 4);
        assert_eq!(names(&draft, 3), [("four", Scope::Label, None)]);
    }

    #[test]
    fn a_line_that_is_not_utf8_is_read_and_noted() {
        let draft = read(b"id\tlabel\nX:1\tSj\xF6gren\n", "x.tsv", &Options::default()).unwrap();
        assert_eq!(names(&draft, 0)[0].0, "Sjögren");
        assert_eq!(draft.oddities[0].line, 2);
    }

    #[test]
    fn an_empty_file_is_empty() {
        assert!(table("").concepts.is_empty());
        assert!(table("id\tlabel\n").concepts.is_empty());
    }
}
