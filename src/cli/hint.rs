//! What to type next after an error: decided here, where both the error and the user's choices are known.

use std::error::Error as StdError;
use std::path::Path;

use crate::generate::{self, cassette};
use crate::{embed, evaluate, index, migrate, ontology, retrieve, review, service, tables, verify};

/// The hint for `error`, if something helps.
pub(super) fn of(error: &anyhow::Error, indexes: &Path) -> Option<String> {
    error.chain().find_map(|cause| for_cause(cause, indexes))
}

fn for_cause(cause: &(dyn StdError + 'static), indexes: &Path) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<index::Error>() {
        return for_index(error, indexes);
    }
    if let Some(error) = cause.downcast_ref::<ontology::Error>() {
        return for_ontology(error);
    }
    if let Some(error) = cause.downcast_ref::<super::bench::asked::Error>() {
        return error.hint();
    }
    if let Some(error) = cause.downcast_ref::<super::normalize::Error>() {
        return match error {
            // It stands for what it carries, so that it does not come again as its cause.
            super::normalize::Error::Input(error) => for_table(error),
            error => error.hint().map(str::to_owned),
        };
    }
    if let Some(error) = cause.downcast_ref::<super::verify::Error>() {
        return error.hint().map(str::to_owned);
    }
    if let Some(error) = cause.downcast_ref::<verify::Error>() {
        return for_verification(error);
    }
    if let Some(error) = cause.downcast_ref::<migrate::Error>() {
        return for_migration(error);
    }
    if let Some(error) = cause.downcast_ref::<super::review::Error>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<review::Error>() {
        return for_review(error);
    }
    if let Some(error) = cause.downcast_ref::<tables::Error>() {
        return for_table(error);
    }
    // What makes a file of rows tells who writes to it as its writer does.
    let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<tables::Error>()) {
        return for_table(error);
    }
    if let Some(error) = cause.downcast_ref::<super::destination::Error>() {
        return error.hint().map(str::to_owned);
    }
    if let Some(error) = cause.downcast_ref::<embed::Error>() {
        return for_embedder(error);
    }
    if let Some(error) = cause.downcast_ref::<service::Error>() {
        return for_service(error);
    }
    if let Some(error) = cause.downcast_ref::<retrieve::Error>() {
        return for_retrieval(error).map(str::to_owned);
    }
    if let Some(error) = cause.downcast_ref::<evaluate::Error>() {
        return for_evaluation(error).map(str::to_owned);
    }
    if let Some(error) = cause.downcast_ref::<generate::Error>() {
        return for_generator(error);
    }
    if let Some(error) = cause.downcast_ref::<cassette::Error>() {
        return for_cassette(error).map(str::to_owned);
    }
    if let Some(error) = cause.downcast_ref::<super::cassette::Error>() {
        return error.hint().map(str::to_owned);
    }
    None
}

fn for_table(error: &tables::Error) -> Option<String> {
    use tables::Error;
    let hint = match error {
        Error::Semicolons { .. } => "save it with tabs or commas, or as .xlsx",
        Error::Utf16 { .. } => "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
        Error::Binary { .. } | Error::NoWorkbook { .. } => "save a spreadsheet as .xlsx or CSV",
        Error::Stream { .. } => "write it to a file and give that file's name",
        Error::TooManyRows { .. } | Error::TooLongCell { .. } | Error::TooWide { .. } => {
            "`--format tsv` has no such limit"
        }
        Error::NotCompiledIn { feature, .. } => {
            return Some(format!(
                "`cargo install --path . --features {feature}` in term2id's sources builds one that has it"
            ));
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn for_verification(error: &verify::Error) -> Option<String> {
    use verify::Error;
    match error {
        // These stand for what they carry, so that it does not come again as their cause.
        Error::Input(error) => for_table(error),
        Error::Retrieve(error) => for_retrieval(error).map(str::to_owned),
        Error::NoColumn { .. } | Error::NoIdentifiers { .. } => Some(
            "`--id-column` and `--label-column` name columns; `--input-format text` takes lines as they are".to_owned(),
        ),
        Error::TooLong { .. } => Some("as JSON it can be of any length".to_owned()),
    }
}

fn for_migration(error: &migrate::Error) -> Option<String> {
    use migrate::Error;
    let hint = match error {
        // It stands for what it carries, so that it does not come again as its cause.
        Error::Input(error) => return for_table(error),
        Error::NoTable { .. } => "save them as TSV or CSV",
        Error::NoColumn { .. } | Error::NoIdentifiers { .. } => {
            "`--id-column`, `--label-column` and `--mention-column` name columns"
        }
        Error::OtherOntology { .. } | Error::Write(_) => return None,
    };
    Some(hint.to_owned())
}

fn for_review(error: &review::Error) -> Option<String> {
    use review::Error;
    let hint = match error {
        Error::Input(error) => return for_table(error),
        Error::NoColumn { column, .. } if matches!(column.as_str(), "id" | "certain" | "decision") => {
            "`term2id normalize --review` makes a review sheet; a spreadsheet program must keep tabs or commas"
        }
        Error::NoColumn { .. } => "`--column` names the column of the mention, as it did when the sheet was made",
        Error::Changed { .. } => "close it elsewhere and begin again; what was decided here is kept",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn for_retrieval(error: &retrieve::Error) -> Option<&'static str> {
    use retrieve::Error;
    match error {
        Error::OtherEncoder { .. } => {
            Some("build the index again with the encoder you want: `term2id index SOURCE --encoder ...`")
        }
        Error::NoDense => Some("`term2id index SOURCE --encoder ngram+fastembed:<folder>` builds one that has it"),
        Error::OtherFeatures => Some("build the index again: `term2id index SOURCE --name NAME`"),
        Error::NothingLearnt => Some(
            "`term2id index SOURCE` without `--no-train` learns it where some 1,700 concepts have several names; \
             `--only` does not ask it",
        ),
        Error::NoThreshold { .. } => {
            Some("a lower `--accept-precision` may be within reach; `--min-confidence` names a confidence itself")
        }
        _ => None,
    }
}

fn for_evaluation(error: &evaluate::Error) -> Option<&'static str> {
    use evaluate::Error;
    match error {
        Error::ReportExists { .. } => Some("`--force` writes over it; `--report` names another folder"),
        Error::NoColumn { column, .. } => match column.as_str() {
            "mention" => Some("`--mention-column` names the column, where it is called otherwise"),
            "ids" => Some("`--ids-column` names the column, where it is called otherwise"),
            _ => None,
        },
        Error::UnknownPrefix { .. } => Some("`--index` names an index of the ontology that the cases are about"),
        Error::NothingRecorded { .. } => {
            Some("mentions, and gold identifiers where both have them, are compared as written")
        }
        _ => None,
    }
}

fn for_generator(error: &generate::Error) -> Option<String> {
    use generate::Error;
    match error {
        // These stand for what they carry, so that it does not come again as their cause.
        Error::Stopped(error) => for_generator(error),
        Error::Service(error) => for_service(error),
        Error::Gone { source, .. } => for_generator(source),
        Error::Cassette(error) => for_cassette(error).map(str::to_owned),
        Error::NotRecorded => {
            Some("the model, prompts, candidates and flags must be those of the run that was recorded; without `--replay-only` what is missing is asked".to_owned())
        }
        Error::CutOff { .. } | Error::AllCutOff { .. } => {
            Some("`--max-tokens` allows longer answers, `--no-reason` asks for shorter ones".to_owned())
        }
        Error::NoPrice { .. } => Some("`--prices FILE` names its price; `--max-calls` limits calls instead".to_owned()),
        Error::Prompt { name, .. } => Some(format!("look at `{name}.jinja` in the folder of `--prompts`")),
        _ => None,
    }
}

fn for_cassette(error: &cassette::Error) -> Option<&'static str> {
    use cassette::Error;
    match error {
        Error::NotFound { .. } => Some("a run that asks a language model records one; give the path of its file"),
        Error::NotACassette { .. } => {
            Some("take a whole copy of it, made while no run was writing; a run records a new one under another name")
        }
        Error::Newer { .. } => Some("a newer term2id reads it; `term2id --version` says which one this is"),
        Error::ReadOnly { .. } => Some("a copy of the file in a folder of yours can be written"),
        _ => None,
    }
}

fn for_index(error: &index::Error, indexes: &Path) -> Option<String> {
    use index::Error;
    match error {
        Error::NoIndex { folder } => {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let source = match ontology::catalogue::find(&name) {
                Some(entry) => entry.name.to_owned(),
                None if name == ontology::sample::NAME => name.clone(),
                None => "SOURCE".to_owned(),
            };
            let option = if source == name { String::new() } else { format!(" --name {name}") };
            Some(match index::list(indexes).unwrap_or_default().as_slice() {
                [] => format!("there is no index yet; `term2id index {source}{option}` builds one"),
                known => format!("indexes here: {}; `term2id index {source}{option}` builds it", known.join(", ")),
            })
        }
        Error::Manifest { .. }
        | Error::Format { .. }
        | Error::Missing { .. }
        | Error::Length { .. }
        | Error::Altered { .. }
        | Error::Inconsistent { .. }
        | Error::Arrays(_)
        | Error::Record { .. } => Some("build the index again: `term2id index SOURCE --name NAME`".to_owned()),
        Error::Busy { .. } => Some("wait until it has finished, or give this one a `--name` of its own".to_owned()),
        Error::UnknownConcept { .. } => {
            Some("`term2id query --index NAME 'some words'` finds the identifier of a concept".to_owned())
        }
        _ => None,
    }
}

fn for_embedder(error: &embed::Error) -> Option<String> {
    use embed::Error;
    let hint = match error {
        Error::Service(error @ service::Error::Unreachable { .. }) => {
            let hint = for_service(error)?;
            return Some(format!("{hint}; the encoder `ngram` needs no network"));
        }
        // Transparent: it is no cause of its own.
        Error::Service(error) => return for_service(error),
        Error::UnknownSpec { .. } => "`--encoder ngram` is the default; `term2id index --help` describes the others",
        Error::NotCompiledIn { feature: "bert", .. } => {
            "`cargo install --path . --features bert` in term2id's sources builds one that has it"
        }
        Error::UnknownModel { .. } => {
            "`fastembed:BAAI/bge-small-en-v1.5` is one of the catalogue, `fastembed:./model` a folder"
        }
        Error::Unsupported { .. } => {
            "exported to ONNX (`optimum-cli export onnx`), it can be used as `fastembed:<folder>`"
        }
        Error::ModelFile { path, .. } if path.ends_with("model.safetensors") => {
            "a folder for `bert:` holds config.json, model.safetensors and tokenizer.json or vocab.txt"
        }
        Error::RuntimeMissing | Error::Runtime { .. } => {
            "`--onnxruntime FILE` names the library; the encoder `ngram` needs none"
        }
        Error::Download { .. } => "the encoder `ngram` needs no network: `term2id index SOURCE --encoder ngram`",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn for_service(error: &service::Error) -> Option<String> {
    use service::Error;
    Some(match error {
        Error::Address { .. } => {
            "`--base-url` or `OPENAI_BASE_URL` names the address, such as `http://localhost:11434/v1`".to_owned()
        }
        Error::Key => "`OPENAI_API_KEY` holds the key: one line, without quotes".to_owned(),
        Error::Unauthorized { url } => {
            format!("`OPENAI_API_KEY` holds the key: set it to one that `{url}` gave you")
        }
        Error::NoSuchModel { url, .. } => {
            format!("`curl {url}/models` lists the models of most services; the address usually ends in `/v1`")
        }
        Error::NoSuchJob { .. } => "`term2id finetune status` lists the latest jobs".to_owned(),
        Error::Unreachable { .. } if error.is_timeout() => "`--timeout` gives an answer more seconds".to_owned(),
        Error::Unreachable { .. } => "is the server running? `--base-url` names its address".to_owned(),
        Error::Insecure { .. } => {
            "a server without TLS has an address that begins with `http://`: `--base-url` names it".to_owned()
        }
        _ => return None,
    })
}

fn for_ontology(error: &ontology::Error) -> Option<String> {
    use ontology::Error;
    match error {
        Error::UnknownSource { given } => Some(match nearest(given) {
            Some(name) => format!("did you mean `{name}`? `term2id list --catalogue` shows all"),
            None => "`term2id list --catalogue` shows the ontologies known by name".to_owned(),
        }),
        Error::Download { .. } | Error::Status { .. } | Error::Incomplete { .. } => {
            Some("without a network, fetch the file elsewhere and give its path: `term2id index hp.obo`".to_owned())
        }
        Error::UnknownFormat { .. } => {
            Some("term2id reads OBO, OBO Graphs JSON, OWL and SKOS (RDF/XML, Turtle, N-Triples, functional syntax), and TSV or CSV tables, each also as .gz; `--refresh` downloads a kept file again".to_owned())
        }
        _ => None,
    }
}

/// The name in the catalogue that differs from `given` by the fewest edits, if these are few.
fn nearest(given: &str) -> Option<&'static str> {
    let given = given.to_lowercase();
    let names = ontology::catalogue::ENTRIES.iter().map(|entry| entry.name).chain([ontology::sample::NAME]);
    let (distance, name) = names.map(|name| (distance(&given, name), name)).min()?;
    (distance <= given.chars().count().div_ceil(3)).then_some(name)
}

/// How many characters must be put in, taken out or replaced to make `left` of `right` (Levenshtein 1966).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (position, left) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], position + 1);
        for (at, &right) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hint for a service's error that an encoder met while a mention was turned into a vector.
    fn of_service(error: service::Error) -> Option<String> {
        of(&retrieve::Error::Embed(error.into()).into(), Path::new("indexes"))
    }

    fn url() -> String {
        "http://localhost/v1".to_owned()
    }

    #[test]
    fn what_a_service_says_has_its_hint_through_the_errors_around_it() {
        let source = || Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
        for (error, expected) in [
            (service::Error::Address { given: String::new() }, "--base-url"),
            (service::Error::Key, "OPENAI_API_KEY"),
            (service::Error::Unauthorized { url: url() }, "OPENAI_API_KEY"),
            (service::Error::NoSuchModel { url: url(), model: "m".to_owned() }, "curl http://localhost/v1/models"),
            (service::Error::Unreachable { url: url(), attempts: 2, source: source() }, "is the server running?"),
            (service::Error::Unreachable { url: url(), attempts: 2, source: source() }, "`ngram` needs no network"),
            (service::Error::Insecure { url: url(), source: source() }, "http://"),
        ] {
            let printed = error.to_string();
            let hint = of_service(error).unwrap_or_default();
            assert!(hint.contains(expected), "{printed}: {hint}");
        }
        assert_eq!(of_service(service::Error::NoCredit { url: url(), message: String::new() }), None);
    }

    #[test]
    fn a_service_that_embeds_nothing_has_no_hint_about_encoders() {
        let source = Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
        let error = service::Error::Unreachable { url: url(), attempts: 2, source };
        let hint = of(&error.into(), Path::new("indexes")).unwrap();
        assert_eq!(hint, "is the server running? `--base-url` names its address");
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("mondo", "mondo"), 0);
        assert_eq!(distance("modno", "mondo"), 2);
        assert_eq!(distance("", "go"), 2);
        assert_eq!(distance("uberom", "uberon"), 1);
    }

    #[test]
    fn a_slip_finds_its_name_and_a_path_finds_none() {
        assert_eq!(nearest("uberom"), Some("uberon"));
        assert_eq!(nearest("MONDOO"), Some("mondo"));
        assert_eq!(nearest("/tmp/some/file.txt"), None);
    }
}
