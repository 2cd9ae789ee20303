//! Tells formats apart by content: endings lie, and a download may turn out to be a login page.

use crate::ontology::rdf::Syntax;
use crate::ontology::{gene_info, umls};

/// A format term2id reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Obo,
    OboGraphs,
    Table,
    /// OWL or SKOS.
    Rdf(Syntax),
    /// `MRCONSO.RRF` of UMLS.
    Umls,
    /// `gene_info` of NCBI Gene.
    GeneInfo,
}

/// How far into a file signs are looked for; the header of a large release (subsets, remarks) is far shorter.
pub(super) const HEAD_BYTES: u64 = 1 << 20;

/// How many lines may be damaged before one that tells a format by its fields.
const LINES_OF_ROWS: usize = 20;

/// First bytes of files that are no text.
const MAGIC: [(&[u8], &str); 12] = [
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\xff\xfe", "text in UTF-16; UTF-8 is expected"),
    (b"\xfe\xff", "text in UTF-16; UTF-8 is expected"),
];

/// Starts of text formats that are not read, in lower case.
const TEXT_SIGNS: [(&str, &str); 2] = [
    ("prefix:", "OWL in Manchester syntax; RDF/XML, Turtle and functional syntax are read"),
    ("version https://git-lfs", "a Git LFS pointer; the file itself is stored elsewhere"),
];

/// Starts of statements, in lower case.
const RDF_SIGNS: [(&str, Syntax); 6] = [
    ("prefix(", Syntax::Functional),
    ("ontology(", Syntax::Functional),
    ("@prefix", Syntax::Turtle),
    ("@base", Syntax::Turtle),
    ("prefix ", Syntax::Turtle),
    ("_:", Syntax::Turtle),
];

/// The format of what begins with `head` (the first [`HEAD_BYTES`]), or what it looks like instead.
pub(super) fn recognise(head: &[u8]) -> Result<Format, &'static str> {
    let bytes = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some((_, found)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(found);
    }
    let text = bytes.trim_ascii_start();
    let Some(first) = text.first() else {
        return Err(if bytes.is_empty() { "an empty file" } else { "nothing but white space" });
    };
    if bytes[..bytes.len().min(8192)].contains(&0) {
        return Err("binary data");
    }
    match first {
        b'<' if is_address(text) => return Ok(Format::Rdf(Syntax::Turtle)),
        b'<' => return recognise_markup(text),
        b'{' => return recognise_json(bytes),
        _ => {}
    }
    if text.starts_with(gene_info::HEADER.as_bytes()) {
        return Ok(Format::GeneInfo);
    }
    if text.split(|&byte| byte == b'\n').take(LINES_OF_ROWS).any(umls::is_row) {
        return Ok(Format::Umls);
    }
    if text.split(|&byte| byte == b'\n').any(is_obo_line) {
        return Ok(Format::Obo);
    }
    if *first == b'[' {
        return Err("a JSON list; OBO Graphs are expected");
    }
    if let Some((_, found)) = TEXT_SIGNS.iter().find(|(sign, _)| starts_with_any_case(text, sign)) {
        return Err(found);
    }
    let is_content = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#");
    let content = text.split(|&byte| byte == b'\n').find(is_content);
    let statement = content.unwrap_or_default().trim_ascii_start();
    if let Some((_, syntax)) = RDF_SIGNS.iter().find(|(sign, _)| starts_with_any_case(statement, sign)) {
        return Ok(Format::Rdf(*syntax));
    }
    if is_address(statement) {
        return Ok(Format::Rdf(Syntax::Turtle));
    }
    match content {
        Some(line) if line.iter().any(|byte| b"\t,;|".contains(byte)) => Ok(Format::Table),
        _ => Err("text without stanzas or columns"),
    }
}

fn is_obo_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    [&b"format-version:"[..], b"[Term]", b"[Typedef]"].iter().any(|sign| line.starts_with(sign))
}

/// Whether a text begins with an address in angle brackets, as statements do.
fn is_address(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"<") else { return false };
    let end = rest.iter().position(|byte| byte.is_ascii_whitespace() || b"<>\"'".contains(byte));
    end.is_some_and(|end| {
        let address = &rest[..end];
        let is_absolute = address.windows(3).any(|window| window == b"://") || address.starts_with(b"urn:");
        is_absolute && rest[end] == b'>'
    })
}

fn recognise_markup(text: &[u8]) -> Result<Format, &'static str> {
    let start = String::from_utf8_lossy(&text[..text.len().min(4096)]).to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.contains("<html") {
        return Err("an HTML page");
    }
    let Some(root) = root(text) else { return Err("XML that ends before its first element") };
    let holds = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    match root.rsplit(|&byte| byte == b':').next() {
        Some(b"RDF") => Ok(Format::Rdf(Syntax::Xml)),
        Some(b"Ontology") if root.len() == b"Ontology".len() || holds(b"ontologyIRI=") => {
            Err("OWL in OWL/XML; RDF/XML, Turtle and functional syntax are read")
        }
        _ if root.contains(&b':') && holds(b"rdf-syntax-ns#") => Ok(Format::Rdf(Syntax::Xml)),
        _ => Err("XML"),
    }
}

/// The name of the first element, behind declarations and comments.
fn root(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        let at = memchr::memchr(b'<', rest)?;
        rest = &rest[at + 1..];
        let end = match rest {
            [b'!', b'-', b'-', ..] => memchr::memmem::find(rest, b"-->")?,
            [b'?', ..] => memchr::memmem::find(rest, b"?>")?,
            [b'!', ..] => {
                let mut open = 1_usize;
                rest.iter().position(|byte| {
                    open += usize::from(*byte == b'<');
                    open -= usize::from(*byte == b'>');
                    open == 0
                })?
            }
            _ => {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
                return rest.iter().position(is_end).map(|end| &rest[..end]);
            }
        };
        rest = &rest[end..];
    }
}

fn recognise_json(bytes: &[u8]) -> Result<Format, &'static str> {
    let holds = |key: &[u8]| bytes.windows(key.len()).any(|window| window == key);
    if holds(b"\"graphs\"") {
        Ok(Format::OboGraphs)
    } else if holds(b"\"@graph\"") {
        Err("JSON-LD; OBO Graphs, RDF/XML or Turtle are expected")
    } else {
        Err("JSON without `graphs`")
    }
}

fn starts_with_any_case(text: &[u8], sign: &str) -> bool {
    text.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_formats_are_told_by_content() {
        for obo in [
            "format-version: 1.2\n",
            "! a remark\n\n[Term]\nid: X:1\n",
            "ontology: x\r\nformat-version: 1.4\r\n",
            "[Term]",
        ] {
            assert_eq!(recognise(obo.as_bytes()), Ok(Format::Obo), "{obo}");
        }
        assert_eq!(recognise(b" {\"meta\": {}, \"graphs\": []}"), Ok(Format::OboGraphs));
        for table in ["id\tlabel\nX:1\tone\n", "id,label\n", "# made by hand\n\nid,label\n", "id\tlabel"] {
            assert_eq!(recognise(table.as_bytes()), Ok(Format::Table), "{table}");
        }
    }

    #[test]
    fn the_syntaxes_of_owl_are_told_by_content() {
        for (text, syntax) in [
            ("<?xml version=\"1.0\"?>\n<rdf:RDF xmlns=", Syntax::Xml),
            ("<!DOCTYPE rdf:RDF [\n<!ENTITY owl \"http://x\" >]>\n<!-- <Ontology> --><r:RDF>", Syntax::Xml),
            ("<owl:Ontology xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>", Syntax::Xml),
            ("@prefix owl: <http://x> .", Syntax::Turtle),
            ("# made by hand\n\nPREFIX owl: <http://x>", Syntax::Turtle),
            ("<http://x/a> <http://x/b> <http://x/c> .", Syntax::Turtle),
            ("# a, b\n<urn:a> a <urn:b> .", Syntax::Turtle),
            ("_:b0 <http://x/b> \"a\" .", Syntax::Turtle),
            ("Prefix(:=<http://x>)", Syntax::Functional),
            ("# by hand\nOntology(<http://x>", Syntax::Functional),
        ] {
            assert_eq!(recognise(text.as_bytes()), Ok(Format::Rdf(syntax)), "{text}");
        }
    }

    #[test]
    fn rows_of_umls_and_of_ncbi_gene_are_told_from_other_tables() {
        let row = "C0000001|ENG|P|L1|PF|S1|Y|A1||||X|PT|1|name|0|N||";
        for text in [format!("{row}\n"), format!("damaged|\n{row}\r\n"), row.to_owned()] {
            assert_eq!(recognise(text.as_bytes()), Ok(Format::Umls), "{text}");
        }
        assert_eq!(recognise(row.replace("C00", "X00").as_bytes()), Ok(Format::Table));
        assert_eq!(recognise(row.replace("||||", "||").as_bytes()), Ok(Format::Table));
        assert_eq!(recognise(b"#tax_id\tGeneID\tSymbol\tLocusTag\n"), Ok(Format::GeneInfo));
        assert_eq!(recognise(b"#tax_id\tgene\n1\t2\n"), Ok(Format::Table));
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (bytes, found) in [
            (&b""[..], "empty"),
            (b" \n\t", "white space"),
            (b"<?xml version=\"1.0\"?>\n<Ontology xmlns=", "OWL/XML"),
            (b"<?xml version=\"1.0\"?>\n<!-- <rdf:RDF> -->", "before its first element"),
            (b"<note/>", "XML"),
            (b"\n<!DOCTYPE html><html>", "HTML"),
            (b"%PDF-1.7", "PDF"),
            (b"PK\x03\x04....", "zip"),
            (b"\x1f\x8b\x08", "gzip inside gzip"),
            (b"\xff\xfei\0d\0", "UTF-16"),
            (b"id\tlabel\n\0\0\0", "binary"),
            (b"{\"@graph\": []}", "JSON-LD"),
            (b"{\"nodes\": []}", "JSON without"),
            (b"[1, 2]", "JSON list"),
            (b"Prefix: owl: <http://x>", "Manchester"),
            (b"seizure\nfever\n", "without stanzas or columns"),
        ] {
            let answer = recognise(bytes).unwrap_err();
            assert!(answer.contains(found), "{answer} for {found}");
        }
    }
}
