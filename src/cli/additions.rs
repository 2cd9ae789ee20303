//! The files of `--add-names`: names that concepts get before they are indexed.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use super::index::counted;
use super::output::{DIM, Output, styled};
use crate::index::AddedNames;
use crate::ontology::{Added, Curie, Name, Ontology, Scope};
use crate::tables::{Input, Table, unguarded};

/// What was passed over in a file.
#[derive(Debug, Default)]
struct PassedOver {
    /// Lines, and what stands there.
    unknown: Vec<(u64, String)>,
    known: Vec<(u64, String)>,
}

/// Adds the names in `file` to `ontology`, and says what was passed over, each with its line where `all` is wanted.
pub(super) fn add(file: &Path, ontology: &mut Ontology, all: bool, output: &Output) -> anyhow::Result<AddedNames> {
    let given = file.display().to_string();
    if given == "-" {
        bail!("`--add-names` reads a file, not standard input");
    }
    let blake3 = blake3::Hasher::new().update_reader(fs_err::File::open(file)?)?.finalize().to_hex().to_string();
    let mut table = Table::begin(Input::open(file)?, None)?;
    let (names, passed_over) = read(&mut table, ontology)?;
    let say = |lines: &[(u64, String)], what: &str| {
        if lines.is_empty() {
            return;
        }
        let more = if all { "" } else { "; --verbose lists them" };
        output.say(format_args!("{} of `{given}` {what}{more}", counted(lines.len(), "name")));
        for (line, text) in lines.iter().filter(|_| all) {
            output.say(format_args!("  {}: {text}", styled(DIM, format_args!("{given}:{line}"))));
        }
    };
    say(&passed_over.known, "known already");
    say(&passed_over.unknown, "of no concept of this ontology");
    Ok(AddedNames { given, blake3, names })
}

/// Adds the rows of `table`; how many, and what was passed over.
fn read(table: &mut Table, ontology: &mut Ontology) -> anyhow::Result<(usize, PassedOver)> {
    let column = |names: &[&str]| names.iter().find_map(|name| table.column(name));
    let place = table.place().to_owned();
    let Some(id) = column(&["id", "curie"]) else { bail!("`{place}` has no column `id`") };
    let Some(name) = column(&["name", "synonym", "label"]) else { bail!("`{place}` has no column `name`") };
    let (scope, kind) = (column(&["scope"]), column(&["kind"]));
    let (mut added, mut passed_over) = (0, PassedOver::default());
    while let Some(row) = table.read()? {
        let line = row.line;
        let cells = row.cells?;
        let cell = |at: Option<usize>| at.map(|at| cells[at].text.trim()).filter(|text| !text.is_empty());
        let Some(text) = cell(Some(name)) else { bail!("{place}:{line}: the row has no name") };
        let id = Curie::parse(&cells[id].text).with_context(|| format!("{place}:{line}: the row has no identifier"))?;
        let scope = match cell(scope) {
            // A concept has one label, and the ontology says which.
            Some(word) => match Scope::parse(word) {
                Some(Scope::Label) => Scope::Exact,
                Some(scope) => scope,
                None => return Err(anyhow!("{place}:{line}: `{word}` is no scope (exact, narrow, broad or related)")),
            },
            None => Scope::Exact,
        };
        let text = unguarded(text).to_owned();
        let said = format!("{id} {text}");
        match ontology.add_name(&id, Name { kind: cell(kind).map(str::to_lowercase), ..Name::new(text, scope) }) {
            Added::New(_) => added += 1,
            Added::Known(_) => passed_over.known.push((line, said)),
            Added::Nowhere => passed_over.unknown.push((line, said)),
        }
    }
    Ok((added, passed_over))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::ontology::obo;

    fn added(text: &str) -> Result<(usize, usize, usize, Vec<String>), String> {
        let obo = "[Term]\nid: HP:1\nname: Large hands\nalt_id: HP:9\n";
        let mut ontology = Ontology::assemble(obo::read(obo.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let input = Input::new("n.tsv".to_owned(), None, Box::new(Cursor::new(text.as_bytes().to_vec()))).unwrap();
        let (names, passed_over) =
            read(&mut Table::begin(input, None).unwrap(), &mut ontology).map_err(|error| error.to_string())?;
        let of = |name: &Name| format!("{} {} {:?}", name.text, name.scope, name.kind);
        let all = ontology.concepts()[0].synonyms().map(of).collect();
        Ok((names, passed_over.known.len(), passed_over.unknown.len(), all))
    }

    #[test]
    fn names_are_read_by_their_columns_and_what_is_passed_over_is_counted() {
        let text = "Curie\tsynonym\tscope\tkind\nHP:9\tbig hands\tnarrow\tLayperson\nHP:1\t'=1\t\t\n\
                    HP:1\tlarge HANDS\tlabel\t\nHP:7\tx\t\t\n";
        let expected = vec!["big hands NARROW Some(\"layperson\")".to_owned(), "=1 EXACT None".to_owned()];
        assert_eq!(added(text), Ok((2, 1, 1, expected)));
    }

    #[test]
    fn a_bad_row_is_an_error_with_its_line() {
        assert_eq!(added("id\tname\nHP:1\t \n").unwrap_err(), "n.tsv:2: the row has no name");
        assert_eq!(added("id\tname\nhands\tx\n").unwrap_err(), "n.tsv:2: the row has no identifier");
        let said = "n.tsv:2: `wide` is no scope (exact, narrow, broad or related)";
        assert_eq!(added("id\tname\tscope\nHP:1\tx\twide\n").unwrap_err(), said);
        assert_eq!(added("id\tname\nHP:1\n").unwrap_err(), "n.tsv:2: the header has 2 columns, the row 1");
        assert_eq!(added("id\twords\n").unwrap_err(), "`n.tsv` has no column `name`");
    }
}
