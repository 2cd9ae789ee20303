//! Releases of several files written as one text, for fuzzing: a line `==> NAME <==` stands before each file.

use term2id::ontology::lines::Lines;
use term2id::ontology::{Draft, Error, snomed, umls};

/// The files in `bytes` with their names, in order.
fn parts(bytes: &[u8]) -> Vec<(&str, &[u8])> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(start) = position(rest, b"==> ") {
        rest = &rest[start + 4..];
        let Some(end) = position(rest, b" <==\n") else { break };
        let content = &rest[end + 5..];
        let length = position(content, b"==> ").unwrap_or(content.len());
        found.push((std::str::from_utf8(&rest[..end]).unwrap_or_default(), &content[..length]));
        rest = &content[length..];
    }
    found
}

fn position(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).position(|window| window == sought)
}

/// Reads a release of UMLS.
pub(crate) fn umls(bytes: &[u8], options: &umls::Options) -> Result<Draft, Error> {
    let parts = parts(bytes);
    let find = |name: &str| {
        let content = parts.iter().find(|(called, _)| *called == name).map(|(_, content)| *content);
        content.map(|content| Lines::new(name, content))
    };
    let names = find("MRCONSO.RRF").unwrap_or_else(|| Lines::new("MRCONSO.RRF", bytes));
    let files = umls::Files {
        ranks: find("MRRANK.RRF"),
        types: find("MRSTY.RRF"),
        relations: find("MRREL.RRF"),
        definitions: find("MRDEF.RRF"),
        retired: find("MRCUI.RRF"),
        release: find("release.dat"),
        ..umls::Files::of_names("release", names)
    };
    umls::read(files, options)
}

/// Reads a snapshot of SNOMED CT; the names of files are one word.
pub(crate) fn snomed(bytes: &[u8], options: &snomed::Options) -> Result<Draft, Error> {
    let parts = parts(bytes);
    let all = |name: &str| {
        let named = parts.iter().filter(|(called, _)| *called == name);
        named.map(|(name, content)| Lines::new(*name, *content)).collect()
    };
    let files = snomed::Files {
        place: "release".to_owned(),
        version: None,
        concepts: all("Concept"),
        descriptions: all("Description"),
        definitions: all("TextDefinition"),
        languages: all("Language"),
        relationships: all("Relationship"),
        associations: all("Association"),
    };
    snomed::read(files, options)
}
