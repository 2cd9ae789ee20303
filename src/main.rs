//! The `term2id` command; everything it does is in [`term2id::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    term2id::cli::main()
}
