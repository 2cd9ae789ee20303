//! Tells formats apart by content: endings lie, and a download may turn out to be a login page.

use crate::ontology::{gene_info, umls};

/// A format term2id reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Obo,
    OboGraphs,
    Table,
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
const TEXT_SIGNS: [(&str, &str); 6] = [
    ("prefix(", "OWL in functional syntax"),
    ("ontology(", "OWL in functional syntax"),
    ("prefix:", "OWL in Manchester syntax"),
    ("@prefix", "RDF in Turtle"),
    ("@base", "RDF in Turtle"),
    ("version https://git-lfs", "a Git LFS pointer; the file itself is stored elsewhere"),
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
        b'<' => return Err(recognise_markup(text)),
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
    match text.split(|&byte| byte == b'\n').find(is_content) {
        Some(line) if line.iter().any(|byte| b"\t,;|".contains(byte)) => Ok(Format::Table),
        _ => Err("text without stanzas or columns"),
    }
}

fn is_obo_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    [&b"format-version:"[..], b"[Term]", b"[Typedef]"].iter().any(|sign| line.starts_with(sign))
}

fn recognise_markup(text: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(&text[..text.len().min(4096)]).to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.contains("<html") {
        "an HTML page"
    } else if start.contains("<rdf:rdf") || start.contains("rdf-syntax-ns#") {
        "OWL or RDF in XML; OBO or OBO Graphs JSON is expected"
    } else if start.contains("<ontology") {
        "OWL in XML; OBO or OBO Graphs JSON is expected"
    } else {
        "XML"
    }
}

fn recognise_json(bytes: &[u8]) -> Result<Format, &'static str> {
    let holds = |key: &[u8]| bytes.windows(key.len()).any(|window| window == key);
    if holds(b"\"graphs\"") {
        Ok(Format::OboGraphs)
    } else if holds(b"\"@graph\"") {
        Err("JSON-LD; OBO Graphs are expected")
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
            (b"<?xml version=\"1.0\"?>\n<rdf:RDF xmlns=", "OWL"),
            (b"<?xml version=\"1.0\"?>\n<Ontology xmlns=", "OWL"),
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
            (b"Prefix(:=<http://x>)", "functional"),
            (b"@prefix owl: <http://x> .", "Turtle"),
            (b"seizure\nfever\n", "without stanzas or columns"),
        ] {
            let answer = recognise(bytes).unwrap_err();
            assert!(answer.contains(found), "{answer} for {found}");
        }
    }
}
