//! Tables with a name a row: `id` and `name`, and perhaps `scope`, `kind` and `language`.

use anyhow::bail;

use super::rows::{Row, Said};
use crate::ontology::{Name, Scope};
use crate::tables::Table;

/// Where the columns are.
pub(super) struct Columns {
    id: usize,
    name: usize,
    scope: Option<usize>,
    kind: Option<usize>,
    language: Option<usize>,
}

impl Columns {
    pub(super) fn of(table: &Table) -> anyhow::Result<Self> {
        let column = |names: &[&str]| names.iter().find_map(|name| table.column(name));
        let place = table.place();
        let Some(id) = column(&["id", "curie"]) else { bail!("`{place}` has no column `id`") };
        let Some(name) = column(&["name", "synonym", "label"]) else { bail!("`{place}` has no column `name`") };
        let language = column(&["language", "lang"]);
        Ok(Self { id, name, scope: column(&["scope"]), kind: column(&["kind"]), language })
    }

    pub(super) fn read(&self, row: &Row<'_>) -> anyhow::Result<Said> {
        let text = row.name(self.name)?;
        let id = row.identifier(self.id, "id")?;
        let scope = match row.cell(self.scope) {
            Some(word) => Scope::parse(word)
                .ok_or_else(|| row.error(&format!("`{word}` is no scope (exact, narrow, broad or related)")))?,
            None => Scope::Exact,
        };
        let lower = |at| row.cell(at).map(str::to_lowercase);
        let name = Name { kind: lower(self.kind), language: lower(self.language), ..Name::new(text, scope) };
        Ok(Said::Names(id, vec![name]))
    }
}
