//! The command as people run it: standard output, standard error and exit code of each verb.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bench;
mod bench_make;
mod cassette;
#[allow(dead_code, reason = "the tests of what reaches the output use the rest of it")]
mod chat;
mod choosing;
mod damage;
mod day;
mod demo;
mod export;
mod finetune;
mod genes;
mod index;
mod info;
mod list;
mod made;
mod migrate;
mod normalize;
mod query;
mod references;
mod remove;
mod review;
mod schemas;
mod several;
#[cfg(feature = "excel")]
mod sheets;
mod show;
mod usage;
mod verify;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// A folder of indexes, and a home of its own for the command.
struct Place {
    folder: TempDir,
}

/// The index of `limbs.obo`, built once; each test works on a copy.
static LIMBS: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::empty();
    let built = place.run(&["index", &fixture("limbs.obo"), "--deterministic"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    place
});

impl Place {
    /// A place without indexes.
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A place with the index `limbs`.
    fn with_limbs() -> Self {
        let place = Self::empty();
        copy(&LIMBS.index("limbs"), &place.index("limbs"));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn indexes(&self) -> PathBuf {
        self.path("indexes")
    }

    fn index(&self, name: &str) -> PathBuf {
        self.indexes().join(name)
    }

    /// Writes a file and says where.
    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        fs_err::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The command with its indexes here and nothing of the user's.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
        for name in
            ["XDG_DATA_HOME", "XDG_CACHE_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL", "ORT_DYLIB_PATH", "CLICOLOR_FORCE"]
        {
            command.env_remove(name);
        }
        command.env("HOME", self.path("home")).env("TERM2ID_INDEXES", self.indexes());
        command.current_dir(self.folder.path()).stdin(Stdio::null()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it with `input` on standard input.
    fn pipe(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Everything that can be seen of a run, without what differs from run to run.
    fn seen(&self, output: &Output) -> String {
        let mut seen = format!("exit code {}\n", output.status.code().unwrap_or(-1));
        for (heading, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = std::str::from_utf8(bytes).expect("the command writes UTF-8");
            if !text.is_empty() {
                write!(seen, "--- {heading}\n{}", self.redact(text)).unwrap();
            }
        }
        seen
    }

    /// Runs it and says everything that can be seen.
    fn see(&self, arguments: &[&str]) -> String {
        self.seen(&self.run(arguments))
    }

    /// The same for several runs, each below what was typed.
    fn see_all(&self, runs: &[&[&str]]) -> String {
        let seen = runs.iter().map(|arguments| {
            let typed = self.redact(&arguments.join(" "));
            format!("$ term2id {typed}{}", self.see(arguments))
        });
        seen.collect::<Vec<_>>().join("\n")
    }

    fn redact(&self, text: &str) -> String {
        let text = text.replace(&self.folder.path().display().to_string(), "[place]");
        let text = text.replace(env!("CARGO_MANIFEST_DIR"), "[crate]").replace('\\', "/");
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[version]");
        text.lines().map(|line| redact_line(line.trim_end()) + "\n").collect()
    }
}

/// Replaces times, sizes, checksums and scores.
fn redact_line(line: &str) -> String {
    line.split('\t').map(redact_cell).collect::<Vec<_>>().join("\t")
}

fn redact_cell(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_checksum = bare.len() >= 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_decimal = bare.contains('.') && bare.parse::<f64>().is_ok();
        if matches!(bare, "B" | "kB" | "MB" | "s" | "ms")
            && let Some(number) = words.last_mut()
            && number.trim_start_matches('(').starts_with(|c: char| c.is_ascii_digit() || c == '[')
        {
            *number = if number.starts_with('(') { "([n]".to_owned() } else { "[n]".to_owned() };
            words.push(word.replace(bare, if bare.ends_with('s') { bare } else { "B" }));
        } else if is_checksum {
            words.push(word.replace(bare, "[blake3]"));
        } else if is_decimal {
            words.push(word.replace(bare, "[n]"));
        } else {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name).display().to_string()
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs_err::copy(entry.path(), to).unwrap();
        }
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
