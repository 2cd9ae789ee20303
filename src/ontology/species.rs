//! Species by the names people use for them, and the NCBI Taxonomy's numbers that gene tables use.

/// Words for a species, and its number in the NCBI Taxonomy.
const SPECIES: &[(&[&str], u32)] = &[
    (&["human", "homo sapiens", "h. sapiens", "man"], 9606),
    (&["mouse", "mice", "murine", "mus musculus", "m. musculus"], 10090),
    (&["rat", "rats", "rattus norvegicus", "r. norvegicus"], 10116),
    (&["zebrafish", "danio rerio", "d. rerio"], 7955),
    (&["fly", "fruit fly", "drosophila", "drosophila melanogaster", "d. melanogaster"], 7227),
    (&["worm", "nematode", "caenorhabditis elegans", "c. elegans"], 6239),
    (&["yeast", "baker's yeast", "saccharomyces cerevisiae", "s. cerevisiae"], 559_292),
    (&["fission yeast", "schizosaccharomyces pombe", "s. pombe"], 284_812),
    (&["pig", "porcine", "sus scrofa"], 9823),
    (&["cow", "cattle", "bovine", "bos taurus"], 9913),
    (&["sheep", "ovine", "ovis aries"], 9940),
    (&["horse", "equine", "equus caballus"], 9796),
    (&["rabbit", "oryctolagus cuniculus"], 9986),
    (&["chicken", "avian", "gallus gallus"], 9031),
    (&["dog", "canine", "canis lupus familiaris"], 9615),
    (&["cat", "feline", "felis catus"], 9685),
    (&["rhesus", "macaque", "rhesus macaque", "macaca mulatta"], 9544),
    (&["chimpanzee", "pan troglodytes"], 9598),
    (&["frog", "xenopus", "xenopus tropicalis", "x. tropicalis"], 8364),
    (&["xenopus laevis", "x. laevis"], 8355),
    (&["thale cress", "arabidopsis", "arabidopsis thaliana", "a. thaliana"], 3702),
    (&["e. coli", "escherichia coli"], 511_145),
];

/// What the namespace of a gene begins with, before the number of its species.
const PREFIX: &str = "NCBITaxon:";

/// The namespace of human genes.
pub const HUMAN: &str = "NCBITaxon:9606";

/// The namespace of a species' genes, by its name (`mouse`), its number (`10090`) or both (`NCBITaxon:10090`).
pub fn namespace(species: &str) -> Option<String> {
    let wanted = species.trim().to_lowercase();
    let number = wanted.strip_prefix("ncbitaxon:").or_else(|| wanted.strip_prefix("taxon:")).unwrap_or(&wanted);
    let named = SPECIES.iter().find(|(names, _)| names.contains(&wanted.as_str())).map(|(_, number)| *number);
    let number = number.parse::<u32>().ok().or(named)?;
    Some(format!("{PREFIX}{number}"))
}

/// The names of species that are known, the first of each.
pub fn known() -> impl Iterator<Item = &'static str> {
    SPECIES.iter().filter_map(|(names, _)| names.first().copied())
}

/// A species by its namespace, in words: `mouse (NCBITaxon:10090)`.
pub fn described(namespace: &str) -> String {
    let number = namespace.strip_prefix(PREFIX).and_then(|number| number.parse::<u32>().ok());
    let known = SPECIES.iter().find(|(_, known)| Some(*known) == number).and_then(|(names, _)| names.first());
    known.map_or_else(|| namespace.to_owned(), |name| format!("{name} ({namespace})"))
}

/// The namespace of the species that a mention names before the gene (`murine p53`), and the rest.
pub fn named_before(mention: &str) -> Option<(String, &str)> {
    let (word, rest) = mention.trim().split_once(' ')?;
    Some((namespace(word).filter(|_| word.chars().all(char::is_alphabetic))?, rest))
}

/// Whether a namespace is one of a species.
pub fn is_namespace(namespace: &str) -> bool {
    namespace.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn species_are_known_by_name_and_number() {
        let mouse = Some("NCBITaxon:10090".to_owned());
        assert_eq!(
            (namespace("Mouse"), namespace("10090"), namespace("NCBITaxon:10090")),
            (mouse.clone(), mouse.clone(), mouse)
        );
        assert_eq!((namespace("human").as_deref(), namespace("unicorn")), (Some(HUMAN), None));
        assert_eq!(
            (described(HUMAN).as_str(), described("NCBITaxon:1").as_str()),
            ("human (NCBITaxon:9606)", "NCBITaxon:1")
        );
    }

    #[test]
    fn a_species_before_a_gene_is_told_from_it() {
        assert_eq!(named_before("bovine Kit"), Some(("NCBITaxon:9913".to_owned(), "Kit")));
        assert_eq!((named_before("9606 Kit"), named_before("Kit"), named_before("cell Kit")), (None, None, None));
    }
}
