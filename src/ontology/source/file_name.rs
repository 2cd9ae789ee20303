//! What names of files tell: the ontology, its release, a name for its index.

/// The last part of an address's path, or its host where there is no path.
pub(super) fn file_name_of(url: &str) -> String {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("download").to_owned()
}

/// `hp.v1.obo.gz` -> `hp.v1` and `obo.gz`.
pub(super) fn split_stem(file: &str) -> (&str, &str) {
    let without_gz = file.strip_suffix(".gz").unwrap_or(file);
    match without_gz.rfind('.') {
        Some(dot) if dot > 0 => (&file[..dot], &file[dot + 1..]),
        _ => (without_gz, file[without_gz.len()..].trim_start_matches('.')),
    }
}

/// A day such as `2024-10-18` in a file name.
pub(super) fn day_in(file: &str) -> Option<String> {
    let is_day = |window: &&[u8]| {
        window.iter().enumerate().all(|(position, byte)| match position {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    };
    file.as_bytes().windows(10).find(is_day).map(|day| String::from_utf8_lossy(day).into_owned())
}

/// Longest name of a folder.
const LONGEST_NAME: usize = 64;

/// A name that can be a folder's: `uberon/basic` -> `uberon-basic`, `http://x.org/obo/hp.owl` -> `hp`.
pub(super) fn safe_name(name: &str) -> String {
    let file = if name.contains("://") { split_stem(&file_name_of(name)).0.to_owned() } else { name.to_owned() };
    let mut safe = String::new();
    for c in file.chars().take(LONGEST_NAME) {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') {
            safe.push(c);
        } else if !safe.ends_with('-') {
            safe.push('-');
        }
    }
    // A leading dot would hide the folder, and a trailing one is lost on some systems.
    safe.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe_for_a_folder() {
        for (name, safe) in [
            ("hp", "hp"),
            ("uberon/basic", "uberon-basic"),
            ("../../etc", "etc"),
            ("..", ""),
            ("my terms (2)", "my-terms-2"),
            ("http://purl.obolibrary.org/obo/hp.owl", "hp"),
            ("Ωmega", "mega"),
        ] {
            assert_eq!(safe_name(name), safe);
        }
        assert_eq!(safe_name(&"a".repeat(500)).len(), LONGEST_NAME);
    }

    #[test]
    fn file_names_are_split_and_taken_from_addresses() {
        assert_eq!(split_stem("hp.v1.obo.gz"), ("hp.v1", "obo.gz"));
        assert_eq!(split_stem("hp.gz"), ("hp", "gz"));
        assert_eq!(split_stem("hp"), ("hp", ""));
        assert_eq!(split_stem(".hidden"), (".hidden", ""));
        assert_eq!(file_name_of("https://x.org/a/hp.obo?raw=true#top"), "hp.obo");
        assert_eq!(file_name_of("https://x.org/"), "x.org");
    }
}
