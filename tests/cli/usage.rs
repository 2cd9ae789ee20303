//! What every verb shares.

use std::process::Stdio;

use super::{Place, stderr, stdout};

#[test]
fn without_a_verb_it_says_what_it_can_do() {
    let output = Place::empty().run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("Usage: term2id"));
}

#[test]
fn the_examples_of_the_help_begin_with_the_verb_they_explain() {
    let place = Place::empty();
    let help = place.run(&["--help"]);
    let verbs: Vec<&str> = stdout(&help)
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() >= 8, "{verbs:?}");
    for verb in verbs {
        let help = place.run(&[verb, "--help"]);
        assert!(help.status.success());
        assert!(
            stdout(&help).contains(&format!("  term2id {verb}"))
                || stdout(&help).contains(&format!("| term2id {verb}")),
            "{verb}"
        );
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::with_limbs();
    for arguments in [&["list", "--catalogue"][..], &["query", "-i", "limbs", "big hands"], &["man"]] {
        let mut child = place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn completions_and_manual_come_from_the_arguments() {
    let place = Place::empty();
    assert!(stdout(&place.run(&["completions", "bash"])).contains("term2id"));
    assert!(stdout(&place.run(&["man"])).contains(".TH term2id"));
    assert!(place.run(&["man", "--folder", "man1"]).status.success());
    assert!(place.path("man1/term2id-query.1").exists());
}

#[test]
fn indexes_here_are_taken_where_none_are_named() {
    let place = Place::with_limbs();
    let run = |arguments: &[&str]| place.command(arguments).env_remove("TERM2ID_INDEXES").output().unwrap();
    assert!(stdout(&run(&["list"])).contains("limbs"));
    assert_eq!(stdout(&run(&["list", "--indexes", "elsewhere"])), "");
    fs_err::rename(place.indexes(), place.path("elsewhere")).unwrap();
    assert_eq!(stdout(&run(&["list"])), "");
    assert!(stdout(&run(&["list", "--indexes", "elsewhere"])).contains("limbs"));
}
