//! `term2id completions` and `term2id man`: made from the arguments themselves.

use std::path::PathBuf;

use clap::CommandFactory as _;

use super::Status;
use super::output::Output;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id completions bash > ~/.local/share/bash-completion/completions/term2id
  term2id completions fish > ~/.config/fish/completions/term2id.fish
  term2id completions zsh  > ~/.zfunc/_term2id")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Print the manual page, or write one a verb into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id man | man -l -
  term2id man --folder ~/.local/share/man/man1")]
pub(super) struct Manual {
    /// Write `term2id.1`, `term2id-query.1` and so on into this folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn completions(arguments: &Completions, output: &Output) -> anyhow::Result<Status> {
    // The generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "term2id", &mut script);
    let mut out = output.data();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Status::Done)
}

pub(super) fn manual(arguments: &Manual, output: &Output) -> anyhow::Result<Status> {
    let command = super::Arguments::command();
    if let Some(folder) = &arguments.folder {
        fs_err::create_dir_all(folder)?;
        clap_mangen::generate_to(command, folder)?;
    } else {
        let mut out = output.data();
        clap_mangen::Man::new(command).render(&mut out)?;
        out.flush()?;
    }
    Ok(Status::Done)
}
