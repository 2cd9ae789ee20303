//! The words that phrases are read by: what negates, names a side, joins or stands in for nothing.

use super::Side;

/// Words before a finding that say it is not there. Longer ones stand before those they begin with.
pub(super) const NEGATIONS: [&str; 43] = [
    "there is no evidence of",
    "no clinical evidence of",
    "without evidence of",
    "without history of",
    "without mention of",
    "without signs of",
    "no symptoms of",
    "no evidence of",
    "no history of",
    "no indication of",
    "no complaints of",
    "no signs of",
    "no sign of",
    "no further",
    "no current",
    "no known",
    "there were no",
    "there are no",
    "there was no",
    "there is no",
    "negative for",
    "never had",
    "does not have",
    "did not have",
    "no longer has",
    "not having",
    "absence of",
    "without any",
    "with neither",
    "with no",
    "have no",
    "has no",
    "had no",
    "free of",
    "lack of",
    "neither",
    "denying",
    "denies",
    "denied",
    "without",
    "not any",
    "not",
    "no",
];

/// Words behind a finding that say it is not there.
pub(super) const DENIALS: [&str; 14] = [
    "was ruled out",
    "were ruled out",
    "ruled out",
    "not present",
    "not observed",
    "not reported",
    "not detected",
    "not found",
    "not noted",
    "not seen",
    "excluded",
    "denied",
    "absent",
    "-free",
];

/// Words that say so behind a colon, a dash or a bracket: "seizures: none".
pub(super) const ENTRIES: [&str; 5] = ["none", "no", "negative", "nil", "never"];

/// What joins a finding to a word that says it is not there.
pub(super) const COPULAS: [&str; 9] =
    [" is", " are", " was", " were", " has been", " have been", " had been", " can be", " could be"];

/// Words before a finding that say on which side it is.
pub(super) const SIDES_BEFORE: [(&str, Side); 12] = [
    ("right and left", Side::Bilateral),
    ("left and right", Side::Bilateral),
    ("left-sided", Side::Left),
    ("left sided", Side::Left),
    ("right-sided", Side::Right),
    ("right sided", Side::Right),
    ("both-sided", Side::Bilateral),
    ("one-sided", Side::Unilateral),
    ("bilateral", Side::Bilateral),
    ("unilateral", Side::Unilateral),
    ("left", Side::Left),
    ("right", Side::Right),
];

/// Words behind it.
pub(super) const SIDES_BEHIND: [(&str, Side); 14] = [
    ("on the left side", Side::Left),
    ("on the right side", Side::Right),
    ("on both sides", Side::Bilateral),
    ("on one side", Side::Unilateral),
    ("on the left", Side::Left),
    ("on the right", Side::Right),
    ("left-sided", Side::Left),
    ("right-sided", Side::Right),
    ("bilaterally", Side::Bilateral),
    ("unilaterally", Side::Unilateral),
    ("bilateral", Side::Bilateral),
    ("unilateral", Side::Unilateral),
    ("left", Side::Left),
    ("right", Side::Right),
];

/// Beginnings of words that share their end in a list: "micro- and retrognathia". Longer ones stand before those they
/// begin with.
pub(super) const PREFIXES: [&str; 50] = [
    "brachy", "campto", "cardio", "clino", "contra", "dextro", "endo", "epi", "exo", "extra", "gastro", "hemi",
    "hepato", "hyper", "hypo", "infra", "inter", "intra", "ipsi", "iso", "levo", "macro", "mega", "meso", "micro",
    "mono", "multi", "nephro", "normo", "oligo", "ortho", "pachy", "para", "peri", "poly", "post", "pre", "pro",
    "quadri", "retro", "semi", "sub", "supra", "syn", "tachy", "tetra", "brady", "tri", "uni", "bi",
];

/// What programs write into a cell that has no value.
pub(super) const MISSING: [&str; 10] = ["NA", "N/A", "n/a", "N.A.", "n.a.", "#N/A", "#NA", "<NA>", "NaN", "nan"];

/// What people and archives write there, in whatever case.
pub(super) const UNSAID: [&str; 11] = [
    "none",
    "null",
    "unknown",
    "not known",
    "not available",
    "not applicable",
    "not provided",
    "not specified",
    "unspecified",
    "not collected",
    "missing",
];

/// What looks like two words with a slash and is one.
pub(super) const ABBREVIATIONS: [&str; 9] = ["w/o", "n/a", "h/o", "s/p", "c/o", "b/l", "f/u", "r/o", "+/-"];

/// Words that say something about a concept and are none themselves, though ontologies may have them as such.
pub(super) const ATTRIBUTES: [&str; 32] = [
    "acute",
    "bilateral",
    "chronic",
    "complete",
    "congenital",
    "diffuse",
    "distal",
    "early",
    "external",
    "focal",
    "generalized",
    "incomplete",
    "internal",
    "late",
    "left",
    "lower",
    "mild",
    "moderate",
    "multiple",
    "partial",
    "primary",
    "progressive",
    "proximal",
    "recurrent",
    "right",
    "secondary",
    "severe",
    "total",
    "transient",
    "type",
    "unilateral",
    "upper",
];

/// What makes of `not` or `without` no denial of something else: "not only fever", "diabetes, not otherwise specified".
pub(super) const NOT_DENIED: [&str; 15] = [
    "only",
    "otherwise",
    "elsewhere",
    "specified",
    "further",
    "classified",
    "yet",
    "known",
    "due",
    "associated",
    "related",
    "caused",
    "intractable",
    "complication",
    "complications",
];
