//! What folders of models have in common: their files, their name, what tells them apart, how their vectors are pooled.

use std::fmt::Debug;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The vector of the first token.
    Cls,
    /// The mean of all.
    Mean,
}

/// The content of the file `name` in `folder`.
pub(super) fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(name);
    fs_err::read(&path).map_err(|source| Error::ModelFile { path, source })
}

/// That there is no such folder.
pub(super) fn missing(folder: &Path) -> Error {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    Error::ModelFile { path: folder.to_owned(), source }
}

/// The folder's own name, whatever the path to it.
pub(super) fn name_of(folder: &Path) -> String {
    // `.` and `..` have no name of their own.
    let name = match folder.file_name() {
        Some(name) => name.to_owned(),
        None => fs_err::canonicalize(folder)
            .ok()
            .and_then(|folder| Some(folder.file_name()?.to_owned()))
            .unwrap_or_else(|| "model".into()),
    };
    name.to_string_lossy().into_owned()
}

/// How the model in `folder` is pooled: as `given`, else as its `1_Pooling/config.json` says, else as its name suggests.
pub(super) fn pooling(folder: &Path, given: Option<Pooling>) -> Pooling {
    given
        .or_else(|| read(folder, "1_Pooling/config.json").ok().and_then(|config| pooling_of_config(&config)))
        .unwrap_or_else(|| pooling_of_name(&name_of(folder)))
}

/// What a sentence-transformers folder says about its pooling, where it is one of the two kinds there are here.
fn pooling_of_config(config: &[u8]) -> Option<Pooling> {
    let config: Value = serde_json::from_slice(config).ok()?;
    if config["pooling_mode_cls_token"] == true || config["pooling_mode"] == "cls" {
        Some(Pooling::Cls)
    } else if config["pooling_mode_mean_tokens"] == true || config["pooling_mode"] == "mean" {
        Some(Pooling::Mean)
    } else {
        None
    }
}

fn pooling_of_name(name: &str) -> Pooling {
    let name = name.to_lowercase();
    let first_token = ["sapbert", "medcpt", "bge", "gte", "mxbai", "arctic"];
    if first_token.iter().any(|family| name.contains(family)) { Pooling::Cls } else { Pooling::Mean }
}

/// 16 hexadecimal digits of everything that a vector depends on.
pub(super) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>, pooling: impl Debug) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update_rayon(part);
    }
    hasher.update(format!("{pooling:?}").as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_is_given_or_in_the_folder_or_guessed() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("SapBERT-from-PubMedBERT-fulltext");
        assert_eq!(pooling(&folder, None), Pooling::Cls);
        fs_err::create_dir_all(folder.join("1_Pooling")).unwrap();
        fs_err::write(folder.join("1_Pooling/config.json"), r#"{"pooling_mode_mean_tokens": true}"#).unwrap();
        assert_eq!(pooling(&folder, None), Pooling::Mean);
        assert_eq!(pooling(&folder, Some(Pooling::Cls)), Pooling::Cls);
    }

    #[test]
    fn configurations_and_names_tell_two_kinds_of_pooling() {
        assert_eq!(pooling_of_name("MedCPT-Query-Encoder"), Pooling::Cls);
        assert_eq!(pooling_of_name("all-MiniLM-L6-v2"), Pooling::Mean);
        assert_eq!(pooling_of_config(br#"{"pooling_mode_cls_token": true}"#), Some(Pooling::Cls));
        let mean = br#"{"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}"#;
        assert_eq!(pooling_of_config(mean), Some(Pooling::Mean));
        assert_eq!(pooling_of_config(br#"{"pooling_mode_max_tokens": true}"#), None);
    }

    #[test]
    fn the_name_is_the_folders_own() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("model-a");
        fs_err::create_dir_all(folder.join("onnx")).unwrap();
        assert_eq!(name_of(&folder.join("onnx/..")), "model-a");
        assert_eq!(name_of(&parent.path().join("model-a/")), "model-a");
    }
}
