//! Reads NCBI Gene's `gene_info`: a row a gene, of all species or of some.

use std::collections::BTreeSet;

use super::lines::{Line, Lines};
use super::tally::{SHORT_ROW, Tally};
use super::{Concept, Curie, Draft, Error, Name, Scope};

/// The start of the header, by which the table is known.
pub(super) const HEADER: &str = "#tax_id\tGeneID\tSymbol\t";

/// The columns that are read, in the order of [`Row`].
const COLUMNS: [&str; 11] = [
    "#tax_id",
    "GeneID",
    "Symbol",
    "LocusTag",
    "Synonyms",
    "dbXrefs",
    "description",
    "type_of_gene",
    "Symbol_from_nomenclature_authority",
    "Full_name_from_nomenclature_authority",
    "Other_designations",
];

/// Which genes are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Only those of these species, by their number in the NCBI Taxonomy (`9606`); all where there is none.
    pub taxa: Vec<u32>,
}

/// Reads a table; rows of other species are passed over as they come.
///
/// # Errors
/// [`Error::Malformed`] where the header lacks a column, or no row is a gene; [`Error::NothingWanted`] where none is of
/// the species asked for.
pub fn read(mut lines: Lines<'_>, options: &Options) -> Result<Draft, Error> {
    let place = lines.place().to_owned();
    let Some(header) = lines.next()? else { return Err(Error::Empty { place }) };
    let columns = header.columns(COLUMNS)?;
    let mut draft = Draft { name: Some("ncbigene".to_owned()), ..Draft::default() };
    let mut tally = Tally::default();
    let (mut rows, mut first_odd) = (0_u64, None);
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        // Most rows of the whole file are of other species, and known for that by their first cell.
        let taxon = line.text.split('\t').nth(columns[0]).unwrap_or_default();
        let is_taxon = taxon.parse::<u32>();
        if let Ok(taxon) = &is_taxon
            && !options.taxa.is_empty()
            && !options.taxa.contains(taxon)
        {
            rows += 1;
            continue;
        }
        tally.check_encoding(&line);
        let Some(row) = Row::of(&line, columns) else {
            tally.odd(&line, line.text, SHORT_ROW);
            first_odd.get_or_insert_with(|| line.malformed("the row has fewer cells than the header, as have all"));
            continue;
        };
        let gene = Curie::parse(&format!("NCBIGene:{}", row.gene));
        let (true, Ok(id)) = (is_taxon.is_ok() && row.gene.bytes().all(|byte| byte.is_ascii_digit()), gene) else {
            tally.odd(&line, row.gene, "is no number of a gene, or not of a species; row passed over");
            first_odd.get_or_insert_with(|| line.malformed(format!("`{}` is no gene, nor is any below", row.gene)));
            continue;
        };
        rows += 1;
        if row.symbol == "NEWENTRY" {
            tally.odd(&line, row.gene, "has no symbol yet (NEWENTRY); row passed over");
            continue;
        }
        draft.concepts.push((line.number, row.concept(id, &line, &mut tally)));
    }
    if draft.concepts.is_empty() {
        let taxa: Vec<String> = options.taxa.iter().map(u32::to_string).collect();
        return Err(match first_odd {
            Some(error) if rows == 0 => error,
            _ if options.taxa.is_empty() => Error::Empty { place },
            _ => Error::NothingWanted { place, wanted: format!("of the species `{}`", taxa.join("` or `")) },
        });
    }
    tally.note(&mut draft, false);
    Ok(draft)
}

/// The cells of a gene; empty where the table has `-`.
struct Row<'a> {
    taxon: &'a str,
    gene: &'a str,
    symbol: &'a str,
    locus_tag: &'a str,
    synonyms: &'a str,
    xrefs: &'a str,
    description: &'a str,
    kind: &'a str,
    approved_symbol: &'a str,
    approved_name: &'a str,
    other_designations: &'a str,
}

impl<'a> Row<'a> {
    fn of(line: &Line<'a>, columns: [usize; COLUMNS.len()]) -> Option<Self> {
        let [
            taxon,
            gene,
            symbol,
            locus_tag,
            synonyms,
            xrefs,
            description,
            kind,
            approved_symbol,
            approved_name,
            other_designations,
        ] = line.cells(columns)?.map(|cell| match cell.trim() {
            "-" => "",
            cell => cell,
        });
        Some(Self {
            taxon,
            gene,
            symbol,
            locus_tag,
            synonyms,
            xrefs,
            description,
            kind,
            approved_symbol,
            approved_name,
            other_designations,
        })
    }

    fn concept(&self, id: Curie, line: &Line<'_>, tally: &mut Tally) -> Concept {
        let label = if self.approved_symbol.is_empty() { self.symbol } else { self.approved_symbol };
        let name = if self.approved_name.is_empty() { self.description } else { self.approved_name };
        let mut names = vec![Name::new(label, Scope::Label)];
        let mut seen = BTreeSet::from([label]);
        let lists = [
            (name, false, "name"),
            (self.symbol, false, "alias_symbol"),
            (self.synonyms, true, "alias_symbol"),
            (self.description, false, "alias_name"),
            (self.other_designations, true, "alias_name"),
            (self.locus_tag, false, "locus_tag"),
        ];
        for (cell, is_list, kind) in lists {
            let parts = cell.split(|c| is_list && c == '|').map(str::trim);
            for part in parts.filter(|part| !part.is_empty() && *part != "-") {
                if seen.insert(part) {
                    names.push(Name { kind: Some(kind.to_owned()), ..Name::new(part, Scope::Exact) });
                }
            }
        }
        if label.is_empty() {
            names.remove(0);
        }
        names.shrink_to_fit();
        Concept {
            names,
            namespace: Some(format!("NCBITaxon:{}", self.taxon)),
            xrefs: self.cross_references(line, tally),
            subsets: if self.kind.is_empty() { Vec::new() } else { vec![self.kind.to_owned()] },
            ..Concept::new(id)
        }
    }

    /// The cross-references with the prefixes that others write.
    fn cross_references(&self, line: &Line<'_>, tally: &mut Tally) -> Vec<String> {
        let mut xrefs: Vec<String> = Vec::new();
        for written in self.xrefs.split('|').map(str::trim).filter(|part| !part.is_empty()) {
            let (database, local) = written.split_once(':').unwrap_or_default();
            let prefix = match database {
                "MIM" => "OMIM",
                "Ensembl" => "ensembl",
                "FLYBASE" => "FlyBase",
                // The same identifiers again.
                "AllianceGenome" => continue,
                _ => database,
            };
            // HGNC, MGI, VGNC and others repeat their name: `HGNC:HGNC:11998`.
            let repeated = local.split_once(':').filter(|(again, _)| again.eq_ignore_ascii_case(prefix));
            let local = repeated.map_or(local, |(_, local)| local);
            match Curie::parse(&format!("{prefix}:{local}")) {
                Ok(id) if !xrefs.iter().any(|known| known == id.as_str()) => xrefs.push(id.to_string()),
                Ok(_) => {}
                Err(_) => tally.odd(line, written, "is no cross-reference that can be read; passed over"),
            }
        }
        xrefs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription\t\
        type_of_gene\tSymbol_from_nomenclature_authority\tFull_name_from_nomenclature_authority\tNomenclature_status\t\
        Other_designations\tModification_date\tFeature_type\n";
    const TP53: &str = "9606\t7157\tTP53\t-\tBCC7|LFS1|P53\tMIM:191170|HGNC:HGNC:11998|Ensembl:ENSG00000141510|\
        AllianceGenome:HGNC:11998\t17\t17p13.1\ttumor protein p53\tprotein-coding\tTP53\ttumor protein p53\tO\t\
        antigen NY-CO-13|tumor protein p53\t20240107\t-\n";
    const TRP53: &str = "10090\t22059\tTrp53\t-\tp53\tMGI:MGI:98834\t11\t11 B3\ttransformation related protein 53\t\
        protein-coding\tTrp53\ttransformation related protein 53\tO\t-\t20240107\t-\n";

    fn genes(text: &str, taxa: &[u32]) -> Result<Draft, Error> {
        read(Lines::new("gene_info", text.as_bytes()), &Options { taxa: taxa.to_vec() })
    }

    #[test]
    fn a_gene_has_its_names_species_and_cross_references() {
        let draft = genes(&[FIRST, TP53].concat(), &[]).unwrap();
        assert_eq!(draft.oddities, []);
        let gene = &draft.concepts[0].1;
        assert_eq!((gene.id.as_str(), gene.label()), ("NCBIGene:7157", "TP53"));
        let synonyms: Vec<_> =
            gene.synonyms().map(|name| (name.text.as_str(), name.kind.as_deref().unwrap())).collect();
        let expected = [
            ("tumor protein p53", "name"),
            ("BCC7", "alias_symbol"),
            ("LFS1", "alias_symbol"),
            ("P53", "alias_symbol"),
            ("antigen NY-CO-13", "alias_name"),
        ];
        assert_eq!(synonyms, expected);
        assert_eq!(gene.xrefs, ["OMIM:191170", "HGNC:11998", "ensembl:ENSG00000141510"]);
        assert_eq!((gene.namespace.as_deref(), gene.subsets[0].as_str()), (Some("NCBITaxon:9606"), "protein-coding"));
    }

    #[test]
    fn only_the_species_asked_for_are_kept() {
        let text = [FIRST, TP53, TRP53].concat();
        let kept = |taxa: &[u32]| -> Vec<String> {
            genes(&text, taxa).unwrap().concepts.iter().map(|(_, gene)| gene.label().to_owned()).collect()
        };
        assert_eq!(
            (kept(&[]), kept(&[10090])),
            (vec!["TP53".to_owned(), "Trp53".to_owned()], vec!["Trp53".to_owned()])
        );
        let error = genes(&text, &[7955, 7227]).unwrap_err();
        assert_eq!(error.to_string(), "`gene_info` holds no concept of the species `7955` or `7227`");
    }

    #[test]
    fn an_approved_symbol_stands_before_the_one_in_use() {
        let row = TP53.replace("7157\tTP53", "7157\tP53X").replace("tumor protein p53\tprotein", "a p53\tprotein");
        let draft = genes(&[FIRST, &row].concat(), &[]).unwrap();
        let names: Vec<_> = draft.concepts[0].1.names.iter().take(3).map(|name| name.text.as_str()).collect();
        assert_eq!(names, ["TP53", "tumor protein p53", "P53X"]);
        assert!(draft.concepts[0].1.names.iter().any(|name| name.text == "a p53"));
    }

    #[test]
    fn rows_that_are_none_are_counted_with_the_first_place() {
        let new = TP53.replace("7157\tTP53", "1\tNEWENTRY").replace("MIM:191170", "nothing");
        let odd = ["9606\t1\n", "9606\t2\n", &TP53.replace("7157", "x")].concat();
        let text = [FIRST, &odd, &new, "\n", TP53].concat().replace('\n', "\r\n");
        let draft = genes(&text, &[]).unwrap();
        assert_eq!(draft.concepts.len(), 1);
        assert_eq!(draft.concepts[0].1.xrefs.len(), 3);
        let oddities: Vec<_> = draft.oddities.iter().map(|oddity| (oddity.line, oddity.message.as_str())).collect();
        let expected = [
            (2, "`9606\t1` has fewer cells than the header; row passed over (and so in 1 more row)"),
            (5, "`1` has no symbol yet (NEWENTRY); row passed over"),
            (4, "`x` is no number of a gene, or not of a species; row passed over"),
        ];
        assert_eq!(oddities, expected);
    }

    #[test]
    fn a_column_that_is_missing_and_a_file_without_a_row_are_errors_with_their_place() {
        let without = FIRST.replace("\tSynonyms", "");
        assert_eq!(
            genes(&[&without, TP53].concat(), &[]).unwrap_err().to_string(),
            "gene_info:1: no column `Synonyms`"
        );
        let error = genes(&[FIRST, "x\ty\n", "z\n"].concat(), &[]).unwrap_err();
        assert_eq!(error.to_string(), "gene_info:2: the row has fewer cells than the header, as have all");
        assert!(matches!(genes("", &[]), Err(Error::Empty { .. })));
        assert!(matches!(genes(FIRST, &[]), Err(Error::Empty { .. })));
    }
}
