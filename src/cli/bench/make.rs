//! `term2id bench make`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::opened::popularity;
use crate::cli::Status;
use crate::cli::destination::Destination;
use crate::cli::index::{count, counted};
use crate::cli::open;
use crate::cli::output::{COMMAND, Output, styled};
use crate::cli::source;
use crate::evaluate::dataset::Split;
use crate::evaluate::identifiers::Identifiers;
use crate::evaluate::made::{self, Cases, Made, Parting, Request, Skipped, What};
use crate::export::table::Dialect;
use crate::index::{Index, Part};
use crate::ontology::source::Source;
use crate::ontology::{Curie, Ontology, Scope};

/// Make cases from an ontology's own names
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id bench make labels --index hp -o labels.tsv
  term2id bench make typos --index hp --sample 500 --errors 2 -o typos.tsv
  term2id bench make synonyms --index hp -o synonyms.tsv --exclusions held-out.tsv
  term2id index hp.obo --name hp-without --exclude-names held-out.tsv     where those are asked
  term2id bench make --preset hpo --index hp --popularity phenotype.hpoa -o hpo.tsv
  term2id bench make --preset go --index go --popularity goa_human.gaf.gz -o go.tsv
  term2id bench make --preset gene --index hgnc -o gene.tsv
  term2id index hgnc_complete_set.txt --name symbols --synonym-column symbol    where genes are asked

The columns are `mention` and `ids`, with --popularity also `popularity` and `bin` (1 is the most popular of 20), with
--split also `split`, and `namespace` where concepts have one. The same ontology, flags and seed give the same cases.")]
pub(super) struct Arguments {
    /// What the cases are made of [default: what the preset says]
    #[arg(value_enum, value_name = "NAMES", required_unless_present = "preset")]
    what: Option<Kind>,
    /// The index whose ontology it is: its name, or the path of its folder
    #[arg(long, short, value_name = "NAME")]
    index: String,
    /// What the paper takes of a terminology; flags beside it win
    #[arg(long, value_enum)]
    preset: Option<Preset>,
    /// The scope of synonyms (`EXACT`, `NARROW`, `BROAD`, `RELATED`); several by several flags [default: EXACT]
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<Scope>,
    /// The type of synonyms, such as `layperson`; several by several flags [default: any]
    #[arg(long, value_name = "TYPE")]
    kind: Vec<String>,
    /// Only concepts of this namespace, such as GO's `biological_process`
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// With `names`: those of this ontology or table (a column of identifiers, others of names) instead of the index's
    #[arg(long, value_name = "FILE")]
    names_from: Option<PathBuf>,
    /// With `typos`: errors a mention [default: 1]
    #[arg(long, value_name = "N")]
    errors: Option<NonZeroUsize>,
    /// How many cases [default: 1000 synonyms or typos, all of the others]
    #[arg(long, value_name = "N")]
    sample: Option<NonZeroUsize>,
    /// What all random choices follow from
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// How often concepts occur: a table with a column of identifiers and one of counts, HPO's `phenotype.hpoa` or a
    /// GAF, also as .gz
    #[arg(long, value_name = "FILE")]
    popularity: Option<PathBuf>,
    /// The column of counts [default: told by the header]
    #[arg(long, value_name = "COLUMN", requires = "popularity")]
    popularity_column: Option<String>,
    /// How identifiers are written [default: `symbol` with the preset `gene`, else `curie`]
    #[arg(long, value_enum)]
    ids: Option<Spelling>,
    /// Mark this many cases as trained and as many others as withheld, equally many of each popularity bin
    #[arg(long, value_name = "N")]
    split: Option<NonZeroUsize>,
    /// With --split: that many of each namespace, each with bins of its own
    #[arg(long)]
    each_namespace: bool,
    /// With --split: leave the cases out that are in neither part (as presets do)
    #[arg(long)]
    only_split: bool,
    /// Write the cases to this file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// With `synonyms`: write what has to be left out of the index, for `term2id index --exclude-names`
    #[arg(long, value_name = "FILE")]
    exclusions: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Labels, as in the paper
    Labels,
    /// Synonyms that stay in the index, or names of another file
    Names,
    /// Synonyms that are to be held out of the index
    Synonyms,
    /// Labels and synonyms with typing errors
    Typos,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Preset {
    /// Labels, 600 trained and 600 withheld
    Hpo,
    /// Labels, 200 trained and 200 withheld of each namespace
    Go,
    /// Gene names and their symbols, 600 trained and 600 withheld
    Gene,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Spelling {
    /// As `HGNC:11998`
    Curie,
    /// As the label of the concept where no other has it, such as `TP53`
    Symbol,
}

impl Preset {
    const fn kind(self) -> Kind {
        match self {
            Self::Hpo | Self::Go => Kind::Labels,
            Self::Gene => Kind::Names,
        }
    }

    const fn ids(self) -> Spelling {
        match self {
            Self::Hpo | Self::Go => Spelling::Curie,
            Self::Gene => Spelling::Symbol,
        }
    }

    const fn split(self) -> usize {
        match self {
            Self::Hpo | Self::Gene => 600,
            Self::Go => 200,
        }
    }
}

/// What HGNC calls a gene's name, which is not its symbol.
const GENE_NAME: &str = "name";

/// How many are drawn of what an ontology has very many of.
const SAMPLE: usize = 1000;

fn scope(text: &str) -> Result<Scope, String> {
    let scope = Scope::parse(text).filter(|&scope| scope != Scope::Label);
    scope.ok_or_else(|| "expected `EXACT`, `NARROW`, `BROAD` or `RELATED`".to_owned())
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let kind = arguments.kind_of_cases()?;
    let to = |path: Option<&Path>| match path.filter(|path| path.as_os_str() != "-") {
        Some(path) => Destination::create(path, arguments.force),
        None => Ok(Destination::Standard(output.data())),
    };
    let out = to(arguments.out.as_deref())?;
    let exclusions = arguments.exclusions.as_deref().map(|path| to(Some(path))).transpose()?;
    let index = open::index(indexes, &arguments.index)?;
    if let Some(namespace) = &arguments.namespace {
        index.names().subset(Part { namespace: Some(namespace), ..Part::default() })?;
    }
    let ontology = Arc::new(index.ontology()?);
    let mut cases = arguments.make(kind, &index, &ontology, indexes, output)?;
    arguments.count_and_part(&mut cases, &ontology, output)?;

    // First what the cases need: an index that has the synonyms finds each of them.
    if let Some(exclusions) = exclusions {
        exclusions.write(|out| write_exclusions(out, &cases.exclusions))?;
    }
    let spelling = arguments.ids.or(arguments.preset.map(Preset::ids)).unwrap_or(Spelling::Curie);
    let identifiers = (spelling == Spelling::Symbol).then(|| Identifiers::new(Arc::clone(&ontology)));
    let spelled = |id: &Curie| identifiers.as_ref().map_or_else(|| id.to_string(), |known| made::symbol(id, known));
    out.write(|out| write_cases(out, &cases.cases, spelled))?;
    output.say(summary(&cases));
    if let Some(file) = &arguments.exclusions {
        let command = format!("term2id index SOURCE --exclude-names {}", file.display());
        output.say(format_args!("  build the index they are asked in: {}", styled(COMMAND, command)));
    }
    Ok(Status::Done)
}

impl Arguments {
    /// What the cases are made of; refuses flags that mean nothing there.
    fn kind_of_cases(&self) -> anyhow::Result<Kind> {
        let kind = self.what.or(self.preset.map(Preset::kind)).unwrap_or(Kind::Labels);
        if kind == Kind::Synonyms && self.exclusions.is_none() {
            bail!("`synonyms` are held out of an index, and `--exclusions` says where that list is written");
        }
        let standard = Path::new("-");
        let out = self.out.as_deref().unwrap_or(standard);
        if self.exclusions.as_deref() == Some(out) {
            let place = if out == standard { "standard output".to_owned() } else { format!("`{}`", out.display()) };
            bail!("cases and exclusions cannot both go to {place}");
        }
        let misplaced = [
            (self.exclusions.is_some() && kind != Kind::Synonyms, "`--exclusions` goes with `synonyms`"),
            (self.errors.is_some() && kind != Kind::Typos, "`--errors` goes with `typos`"),
            (self.names_from.is_some() && kind != Kind::Names, "`--names-from` goes with `names`"),
            (!self.scope.is_empty() && kind == Kind::Labels, "`--scope` is for synonyms, not for `labels`"),
            (!self.kind.is_empty() && kind == Kind::Labels, "`--kind` is for synonyms, not for `labels`"),
            (self.parts().is_none() && self.each_namespace, "`--each-namespace` goes with `--split`"),
            (self.parts().is_none() && self.only_split, "`--only-split` goes with `--split`"),
        ];
        match misplaced.iter().find(|(is_misplaced, _)| *is_misplaced) {
            Some((_, message)) => bail!("{message}"),
            None => Ok(kind),
        }
    }

    fn make(
        &self,
        kind: Kind,
        index: &Index,
        ontology: &Ontology,
        indexes: &Path,
        output: &Output,
    ) -> anyhow::Result<Cases> {
        let source =
            self.names_from.clone().map(|path| source::ontology(&Source::Path(path), indexes, output)).transpose()?;
        let kinds = match self.preset {
            Some(Preset::Gene) if kind == Kind::Names && source.is_none() && self.kind.is_empty() => {
                vec![GENE_NAME.to_owned()]
            }
            _ => self.kind.iter().map(|kind| kind.to_lowercase()).collect(),
        };
        let scopes = match (self.scope.as_slice(), &source) {
            ([], Some(_)) => &Scope::ALL[..],
            ([], None) => &[Scope::Exact],
            (scopes, _) => scopes,
        };
        let under = index.manifest().under.as_deref().map(Curie::parse).transpose()?;
        let usual = matches!(kind, Kind::Synonyms | Kind::Typos).then_some(SAMPLE);
        let request = Request {
            what: match kind {
                Kind::Labels => What::Labels,
                Kind::Names => What::Names,
                Kind::Synonyms => What::Synonyms,
                Kind::Typos => What::Typos(self.errors.map_or(1, NonZeroUsize::get)),
            },
            scopes,
            kinds: &kinds,
            source: source.as_ref(),
            under: under.as_ref(),
            namespace: self.namespace.as_deref(),
            sample: self.sample.map(NonZeroUsize::get).or(usual),
            seed: self.seed,
        };
        let cases = made::make(ontology, &request);
        if cases.cases.is_empty() {
            nothing_made(&cases.skipped, &kinds, source.as_ref().unwrap_or(ontology))?;
        }
        Ok(cases)
    }

    /// How many are trained, and as many withheld, and whether that is of every namespace.
    fn parts(&self) -> Option<(usize, bool)> {
        let each = self.split.map(NonZeroUsize::get).or(self.preset.map(Preset::split))?;
        Some((each, self.each_namespace || self.preset == Some(Preset::Go)))
    }

    /// Writes popularity, bins and parts into the cases.
    fn count_and_part(&self, cases: &mut Cases, ontology: &Arc<Ontology>, output: &Output) -> anyhow::Result<()> {
        let by_namespace = self.parts().is_some_and(|(_, by_namespace)| by_namespace);
        if let Some(path) = &self.popularity {
            let identifiers = Identifiers::new(Arc::clone(ontology));
            let popularity = popularity(path, self.popularity_column.as_deref(), &identifiers, output)?;
            made::count(&mut cases.cases, &popularity);
            made::put_into_bins(&mut cases.cases, by_namespace);
        }
        let Some((each, by_namespace)) = self.parts() else { return Ok(()) };
        if self.popularity.is_none() {
            output.say("no popularity is given: the split is random");
        }
        let marked = made::part(&mut cases.cases, &Parting { each, by_namespace, seed: self.seed });
        let namespaces: BTreeSet<_> = cases.cases.iter().map(|case| &case.namespace).collect();
        let wanted = each * if by_namespace { namespaces.len() } else { 1 };
        if marked < wanted {
            output.warn(format_args!("only {} of {} cases could be marked as trained", count(marked), count(wanted)));
        }
        if self.only_split || self.preset.is_some() {
            if marked == 0 {
                bail!("{} cannot be parted", counted(cases.cases.len() as u64, "case"));
            }
            cases.keep_parts();
        }
        Ok(())
    }
}

/// Why there is no case.
fn nothing_made(skipped: &BTreeMap<Skipped, usize>, kinds: &[String], source: &Ontology) -> anyhow::Result<()> {
    let names = source.live().flat_map(|concept| &concept.names);
    let known: BTreeSet<&str> = names.filter_map(|name| name.kind.as_deref()).collect();
    if let Some(kind) = kinds.iter().find(|kind| !known.contains(kind.as_str())) {
        let known = if known.is_empty() { "none".to_owned() } else { known.into_iter().collect::<Vec<_>>().join(", ") };
        bail!("no name is of the type `{kind}` (known: {known})");
    }
    match passed_over(skipped) {
        Some(why) => bail!("no name can become a case: {why}"),
        None => bail!("there is no such name to make a case of"),
    }
}

/// The columns after `mention` and `ids`; each stands where a case has it.
type Column = (&'static str, fn(&Made) -> Option<String>);

const COLUMNS: [Column; 4] = [
    ("popularity", |case| case.popularity.map(|count| count.to_string())),
    ("bin", |case| case.bin.map(|bin| bin.to_string())),
    ("split", |case| {
        case.split.map(|split| match split {
            Split::Trained => "trained".to_owned(),
            Split::Withheld => "withheld".to_owned(),
        })
    }),
    ("namespace", |case| case.namespace.clone()),
];

fn write_cases(out: &mut dyn Write, cases: &[Made], spelled: impl Fn(&Curie) -> String) -> anyhow::Result<()> {
    let columns: Vec<Column> =
        COLUMNS.into_iter().filter(|(_, cell)| cases.iter().any(|case| cell(case).is_some())).collect();
    let header = ["mention", "ids"].into_iter().chain(columns.iter().map(|(name, _)| *name));
    Dialect::Tsv.write_line(out, header)?;
    for case in cases {
        let ids: Vec<String> = case.ids.iter().map(&spelled).collect();
        let further = columns.iter().map(|(_, cell)| cell(case).unwrap_or_default());
        Dialect::Tsv.write_line(out, [case.mention.clone(), ids.join("|")].into_iter().chain(further))?;
    }
    Ok(())
}

fn write_exclusions(out: &mut dyn Write, exclusions: &[(Curie, String)]) -> anyhow::Result<()> {
    Dialect::Tsv.write_line(out, ["id", "synonym"])?;
    for (id, synonym) in exclusions {
        Dialect::Tsv.write_line(out, [id.as_str(), synonym])?;
    }
    Ok(())
}

/// How many cases there are, and of which names none was made.
fn summary(cases: &Cases) -> String {
    let of = |split| cases.cases.iter().filter(|case| case.split == Some(split)).count();
    let (trained, withheld) = (of(Split::Trained), of(Split::Withheld));
    let parts = if trained + withheld > 0 {
        format!(" ({} trained, {} withheld)", count(trained), count(withheld))
    } else {
        String::new()
    };
    let skipped = passed_over(&cases.skipped).map(|why| format!("; {why}")).unwrap_or_default();
    format!("{}{parts}{skipped}", counted(cases.cases.len() as u64, "case"))
}

/// How many names were passed over, and why.
fn passed_over(skipped: &BTreeMap<Skipped, usize>) -> Option<String> {
    let reasons = skipped.iter().map(|(reason, number)| format!("{} {}", count(*number), reason.reason()));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let all = skipped.values().sum::<usize>();
    (all > 0).then(|| format!("{} passed over: {reasons}", counted(all as u64, "name")))
}
