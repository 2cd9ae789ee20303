//! The local embedder with a real model and the real ONNX Runtime; says so and passes where either is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use term2id::embed::local::{LocalEmbedder, Options};
use term2id::embed::{Embedder, Error, Pooling};

fn model_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/all-MiniLM-L6-v2")
}

#[expect(clippy::disallowed_methods, reason = "a test stands where the command line stands")]
fn options() -> Options {
    let runtime = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let python = Command::new("python3").args(["-c", "import onnxruntime; print(*onnxruntime.__path__)"]).output();
    let package = python.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let site_packages = package.and_then(|path| Some(Path::new(String::from_utf8(path).ok()?.trim()).parent()?.into()));
    Options { runtime, runtime_folders: site_packages.into_iter().collect(), ..Options::default() }
}

fn open(folder: &Path, options: &Options) -> Option<LocalEmbedder> {
    if !model_folder().is_dir() {
        eprintln_skipped("there is no ../shared/models/all-MiniLM-L6-v2");
        return None;
    }
    match LocalEmbedder::open(&folder.to_string_lossy(), options) {
        Err(Error::RuntimeMissing) => {
            eprintln_skipped("there is no ONNX Runtime (`pip install onnxruntime`)");
            None
        }
        opened => Some(opened.expect("a whole model and a runtime open")),
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn eprintln_skipped(why: &str) {
    eprintln!("skipped: {why}");
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

const TEXTS: [&str; 6] = [
    "myocardial infarction",
    "heart attack",
    "",
    "abnormality of the head, and of much else that makes this a far longer text than its neighbours",
    "seizure",
    "short stature",
];

#[test]
fn related_phrases_are_nearer_than_unrelated_ones_and_vectors_have_length_one() {
    let Some(embedder) = open(&model_folder(), &options()) else { return };
    assert_eq!(embedder.dimensions(), 384);
    let vectors = embedder.embed(&TEXTS).unwrap();
    for (text, vector) in TEXTS.iter().zip(&vectors) {
        let expected = if text.is_empty() { 0.0 } else { 1.0 };
        assert!((cosine(vector, vector) - expected).abs() < 1e-5, "{text}");
    }
    let (related, unrelated) = (cosine(&vectors[0], &vectors[1]), cosine(&vectors[0], &vectors[5]));
    assert!(related > unrelated + 0.3, "{related} {unrelated}");
}

#[test]
fn a_batch_gives_what_single_texts_give_from_any_thread() {
    let Some(embedder) = open(&model_folder(), &options()) else { return };
    let many: Vec<&str> = TEXTS.into_iter().cycle().take(100).collect();
    let together = embedder.embed(&many).unwrap();
    many.par_iter().zip(&together).for_each(|(text, expected)| {
        let single = embedder.embed(&[text]).unwrap().remove(0);
        let difference = single.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-4, "{text}: {difference}");
    });
    // Batches from many threads at once: nobody may wait for a model that waits for them.
    (0..8).into_par_iter().for_each(|_| assert_eq!(embedder.embed(&many).unwrap().len(), many.len()));
}

#[cfg(unix)]
#[test]
fn a_folder_that_moved_is_the_same_model_and_other_pooling_is_not() {
    let Some(embedder) = open(&model_folder(), &options()) else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("all-MiniLM-L6-v2");
    fs_err::os::unix::fs::symlink(fs_err::canonicalize(model_folder()).unwrap(), &moved).unwrap();
    assert_eq!(open(&moved, &options()).unwrap().id(), embedder.id());
    assert!(embedder.id().starts_with("fastembed:all-MiniLM-L6-v2#"), "{}", embedder.id());
    let options = Options { pooling: Some(Pooling::Cls), ..options() };
    assert_ne!(open(&moved, &options).unwrap().id(), embedder.id());
}

/// The cache laid out as a download leaves it, so that nothing is fetched.
#[cfg(unix)]
#[test]
fn a_model_of_the_catalogue_comes_from_the_cache() {
    let Some(embedder) = open(&model_folder(), &options()) else { return };
    let cache = tempfile::tempdir().unwrap();
    let repository = cache.path().join("models--Qdrant--all-MiniLM-L6-v2-onnx");
    fs_err::create_dir_all(repository.join("refs")).unwrap();
    fs_err::create_dir_all(repository.join("snapshots")).unwrap();
    fs_err::write(repository.join("refs/main"), "abc").unwrap();
    let folder = fs_err::canonicalize(model_folder()).unwrap();
    fs_err::os::unix::fs::symlink(folder, repository.join("snapshots/abc")).unwrap();
    let options = Options { cache: cache.path().to_owned(), ..options() };
    let cached = LocalEmbedder::open("AllMiniLML6V2", &options).unwrap();
    assert!(cached.id().starts_with("fastembed:AllMiniLML6V2#"), "{}", cached.id());
    assert_eq!(cached.embed(&["seizure"]).unwrap(), embedder.embed(&["seizure"]).unwrap());

    // Nobody listens on port 9, as without a network.
    let empty = tempfile::tempdir().unwrap();
    let hub = Some("http://127.0.0.1:9".to_owned());
    let options = Options { cache: empty.path().to_owned(), hub, ..options };
    let error = LocalEmbedder::open("AllMiniLML6V2", &options).err().unwrap();
    assert!(matches!(error, Error::Download { .. }), "{error:?}");
    assert!(error.to_string().contains("fastembed:<folder>"), "{error}");
}
