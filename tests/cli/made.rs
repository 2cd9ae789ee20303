//! An ontology of made-up findings, large enough that a ranker is learnt from it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::{Place, copy};

/// The index `findings`, built once; nobody writes to it.
static FINDINGS: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::empty();
    place.file("findings.obo", findings().as_bytes());
    let built = place.run(&["index", "findings.obo", "--epochs", "3", "--vector", "exact", "--deterministic"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    place
});

impl Place {
    /// A place with the index `findings`, which has a ranker.
    pub(crate) fn with_findings() -> Self {
        let place = Self::empty();
        copy(&FINDINGS.index("findings"), &place.index("findings"));
        place
    }
}

/// Organs and their adjectives.
const ORGANS: [(&str, &str); 50] = [
    ("heart", "cardiac"),
    ("liver", "hepatic"),
    ("kidney", "renal"),
    ("lung", "pulmonary"),
    ("brain", "cerebral"),
    ("skin", "cutaneous"),
    ("eye", "ocular"),
    ("ear", "aural"),
    ("nose", "nasal"),
    ("tongue", "lingual"),
    ("throat", "pharyngeal"),
    ("stomach", "gastric"),
    ("small bowel", "enteric"),
    ("large bowel", "colonic"),
    ("spleen", "splenic"),
    ("bladder", "vesical"),
    ("womb", "uterine"),
    ("testicle", "orchic"),
    ("ovary", "ovarian"),
    ("breast", "mammary"),
    ("gullet", "oesophageal"),
    ("windpipe", "tracheal"),
    ("voice box", "laryngeal"),
    ("bone", "osseous"),
    ("joint", "articular"),
    ("muscle", "myogenic"),
    ("nerve", "neural"),
    ("vein", "venous"),
    ("artery", "arterial"),
    ("blood", "haemic"),
    ("tooth", "dental"),
    ("gum", "gingival"),
    ("lip", "labial"),
    ("eyelid", "palpebral"),
    ("cornea", "keratic"),
    ("retina", "retinal"),
    ("scalp", "epicranial"),
    ("hand", "manual"),
    ("foot", "pedal"),
    ("finger", "digital"),
    ("elbow", "cubital"),
    ("knee", "genual"),
    ("hip", "coxal"),
    ("rib", "costal"),
    ("spine", "vertebral"),
    ("chest", "thoracic"),
    ("belly", "abdominal"),
    ("gall bladder", "cholecystic"),
    ("lymph node", "lymphonodal"),
    ("thymus", "thymic"),
];

/// Findings and what else they are called.
const FINDINGS_OF: [(&str, &str); 40] = [
    ("swelling", "oedema"),
    ("bleeding", "haemorrhage"),
    ("pain", "ache"),
    ("inflammation", "phlogosis"),
    ("hardening", "sclerosis"),
    ("softening", "malacia"),
    ("enlargement", "megaly"),
    ("shrinking", "atrophy"),
    ("tumour", "neoplasm"),
    ("scarring", "fibrosis"),
    ("infection", "sepsis"),
    ("stone", "calculus"),
    ("narrowing", "stenosis"),
    ("widening", "dilatation"),
    ("rupture", "tearing"),
    ("displacement", "ectopia"),
    ("absence", "agenesis"),
    ("doubling", "duplication"),
    ("weakness", "asthenia"),
    ("spasm", "cramp"),
    ("itching", "pruritus"),
    ("redness", "erythema"),
    ("paleness", "pallor"),
    ("blockage", "obstruction"),
    ("leak", "effusion"),
    ("failure", "insufficiency"),
    ("overgrowth", "hypertrophy"),
    ("injury", "trauma"),
    ("cyst", "vesicle"),
    ("ulcer", "sore"),
    ("abscess", "boil"),
    ("death of tissue", "necrosis"),
    ("loss of feeling", "anaesthesia"),
    ("lack of oxygen", "hypoxia"),
    ("calcium deposit", "calcification"),
    ("fat deposit", "lipomatosis"),
    ("worm disease", "helminthiasis"),
    ("sagging", "ptosis"),
    ("trembling", "tremor"),
    ("burn", "thermal lesion"),
];

/// A finding of each organ by its plain name and its learned one, and two that share a name.
fn findings() -> String {
    let mut obo = "format-version: 1.2\ndata-version: 2026-02-01\nontology: findings\n".to_owned();
    let mut number = 0;
    let mut term = |label: &str, synonym: &str, scope: &str| {
        number += 1;
        write!(obo, "\n[Term]\nid: MADE:{number:07}\nname: {label}\nsynonym: \"{synonym}\" {scope} []\n").unwrap();
    };
    for (organ, adjective) in ORGANS {
        for (finding, synonym) in FINDINGS_OF {
            term(&format!("{finding} of the {organ}"), &format!("{adjective} {synonym}"), "EXACT");
        }
    }
    term("Shivering fit", "Shaking", "BROAD");
    term("Restless limbs", "Shaking", "BROAD");
    obo
}
