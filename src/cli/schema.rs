//! `term2id schema`: the JSON Schemas of what is written as JSON, compiled in.

use std::io::Write as _;

use clap::builder::PossibleValuesParser;

use super::Status;
use super::output::{Column, Output, table};

/// A schema, and what it is of.
struct Schema {
    name: &'static str,
    written_by: &'static str,
    text: &'static str,
}

/// A schema of the folder `schemas/`.
macro_rules! schema {
    ($name:literal, $written_by:literal) => {
        Schema {
            name: $name,
            written_by: $written_by,
            text: include_str!(concat!("../../schemas/", $name, ".schema.json")),
        }
    };
}

/// All schemas, in the order of their names.
const SCHEMAS: [Schema; 10] = [
    schema!("answer", "query --format jsonl, normalize --format jsonl: each line"),
    schema!("case", "bench --report: each line of cases.jsonl"),
    schema!("cassette", "cassette export: each line"),
    schema!("changes", "migrate --format json"),
    schema!("finding", "verify --format jsonl: each line"),
    schema!("info", "info --format json"),
    schema!("manifest", "index: manifest.json in the index's folder"),
    schema!("memorization", "bench memorization --format json"),
    schema!("report", "bench --report: report.json"),
    schema!("training", "finetune export: each line of its files"),
];

/// Print the JSON Schema of what is written as JSON, or list the schemas there are
///
/// Not among them are formats that others describe: SARIF of `verify`, phenopackets of `normalize`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id schema
  term2id schema answer > answer.schema.json")]
pub(super) struct Arguments {
    /// The schema [default: list them]
    #[arg(value_parser = PossibleValuesParser::new(SCHEMAS.map(|schema| schema.name)), hide_possible_values = true)]
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    if let Some(name) = &arguments.name {
        let mut out = output.data();
        let schema = SCHEMAS.iter().find(|schema| schema.name == name).expect("the arguments allow no other name");
        out.write_all(schema.text.as_bytes())?;
        out.flush()?;
        return Ok(Status::Done);
    }
    let columns = [("name", Column::Identifier), ("written by", Column::Text)];
    let rows = SCHEMAS.iter().map(|schema| [schema.name, schema.written_by].map(str::to_owned).into());
    let mut out = output.page();
    writeln!(out, "{}", table(output, &columns, rows.collect()))?;
    out.flush()?;
    Ok(Status::Done)
}
