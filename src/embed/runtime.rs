//! Where an ONNX Runtime library may lie. It is loaded while running, so that building needs none.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};

/// Folders that hold libraries, or a Python installation that holds the package `onnxruntime`.
const USUAL_FOLDERS: [&str; 9] = [
    "/usr/local/lib",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/opt/onnxruntime/lib",
    "/opt/homebrew/lib",
    "/usr/local",
    "/usr",
];

/// Every ONNX Runtime library in or below `folders`, then in the usual ones; of one folder the newest first.
pub(super) fn find(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders.iter().cloned().chain(USUAL_FOLDERS.iter().map(PathBuf::from)) {
        for place in places(&folder) {
            for library in libraries(&place) {
                if !found.contains(&library) {
                    found.push(library);
                }
            }
        }
    }
    found
}

/// `folder` itself, then where Python packages lie, whether `folder` is a `site-packages`, a virtual environment or the
/// root of an installation.
fn places(folder: &Path) -> Vec<PathBuf> {
    let mut packages = vec![folder.to_owned(), folder.join("site-packages"), folder.join("Lib/site-packages")];
    for lib in ["lib", "lib64"] {
        let pythons = entries(&folder.join(lib)).into_iter().rev();
        for python in pythons.filter(|path| name_of(path).starts_with("python")) {
            packages.extend([python.join("site-packages"), python.join("dist-packages")]);
        }
    }
    let wheels = packages.into_iter().map(|folder| folder.join("onnxruntime/capi"));
    std::iter::once(folder.to_owned()).chain(wheels).collect()
}

fn libraries(folder: &Path) -> Vec<PathBuf> {
    let stem = format!("{DLL_PREFIX}onnxruntime");
    let mut found = entries(folder);
    found.retain(|path| {
        // `libonnxruntime.so`, `libonnxruntime.so.1.24.2` and `libonnxruntime.1.24.2.dylib`, but not
        // `libonnxruntime_providers_shared.so`.
        let name = name_of(path);
        name.strip_prefix(&stem).is_some_and(|rest| rest.starts_with('.') && rest.contains(DLL_SUFFIX))
    });
    found.sort_by_cached_key(|path| std::cmp::Reverse(version(&name_of(path))));
    found
}

/// The numbers in a file name: `.9` is older than `.24`, which the order of letters gets wrong.
fn version(name: &str) -> Vec<u32> {
    name.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// What lies in `folder`, sorted; nothing where it cannot be read, as most of the usual folders do not exist.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_library_of_a_python_environment_comes_first() {
        let environment = tempfile::tempdir().unwrap();
        let wheel = environment.path().join("lib/python3.12/site-packages/onnxruntime/capi");
        fs_err::create_dir_all(&wheel).unwrap();
        let library = |end: &str| wheel.join(format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}{end}"));
        for end in [".1.9.0", ".1.24.1", ""] {
            fs_err::write(library(end), "").unwrap();
        }
        fs_err::write(wheel.join(format!("{DLL_PREFIX}onnxruntime_providers_shared{DLL_SUFFIX}")), "").unwrap();
        let found = find(&[environment.path().to_owned()]);
        assert_eq!(found[..3], [library(".1.24.1"), library(".1.9.0"), library("")]);
        assert!(!found.iter().any(|path| name_of(path).contains("providers")));
    }
}
