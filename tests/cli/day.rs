//! The README's "A curator's day": its own commands, on the files of `examples/`.

use super::{Place, stderr, stdout};

/// The commands of the section, without `term2id` and comments.
fn commands() -> Vec<Vec<String>> {
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = fs_err::read_to_string(format!("{root}/README.md")).unwrap();
    let day = readme.split("## A curator's day").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let block = day.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let commands = block.lines().filter_map(|line| line.strip_prefix("term2id "));
    let words = |command: &str| {
        let command = command.split('#').next().unwrap_or_default().replace("examples/", &format!("{root}/examples/"));
        command.split_whitespace().map(str::to_owned).collect()
    };
    commands.map(words).collect()
}

#[test]
fn the_day_goes_as_the_readme_says() {
    let place = Place::empty();
    let commands = commands();
    assert_eq!(commands.len(), 5);
    let told: Vec<(Option<i32>, String)> = commands
        .iter()
        .map(|command| {
            let output = place.run(&command.iter().map(String::as_str).collect::<Vec<_>>());
            (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
        })
        .collect();
    let codes: Vec<_> = told.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [Some(0), Some(0), Some(0), Some(1), Some(1)], "{told:?}");
    assert!(told[1].1.contains("2 certain, 9 to decide"), "{}", told[1].1);
    assert!(told[2].1.contains("8 decided, 1 decided to be no concept"), "{}", told[2].1);
    assert!(told[3].1.contains("7 findings"), "{}", told[3].1);
    assert!(told[4].1.contains("1 left for review"), "{}", told[4].1);
    let mappings = fs_err::read_to_string(place.path("autumn.sssom.tsv")).unwrap();
    assert!(mappings.contains("Clubbing of feet\tskos:exactMatch\tHP:9900001\tClubfoot deformity"), "{mappings}");
}
