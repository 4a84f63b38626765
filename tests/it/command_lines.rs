//! Finds the program's command lines in pages and files that people copy from.

use std::ffi::OsString;

use broadcaster::cli::Cli;

/// The words of each `broadcaster ...` in a text: comments, redirections and pipes end it.
pub(crate) fn command_lines(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in text.lines().map(|line| line.replace("cargo run --release --", "broadcaster")) {
        let mut current: Option<Vec<String>> = None;
        for word in words(&line) {
            let ends = word.starts_with('#') || ["|", ">", "<", "&&", ";"].contains(&word.as_str());
            match &mut current {
                _ if ends => {
                    found.extend(current.take());
                    if word.starts_with('#') {
                        break;
                    }
                }
                Some(command) => command.push(word),
                None if word == "broadcaster" || word.ends_with("/broadcaster") => {
                    current = Some(vec!["broadcaster".to_owned()]);
                }
                None => {}
            }
        }
        found.extend(current);
    }
    found
}

/// Why the program would refuse a command line, if it would.
pub(crate) fn refusal(command: &[String]) -> Option<String> {
    Cli::read(command.iter().map(OsString::from)).err().map(|error| error.to_string())
}

/// The inner texts of fenced blocks of a language.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}");
    let mut blocks = Vec::new();
    let mut lines = page.lines().map(str::trim_start);
    while lines.any(|line| line == opening) {
        let inner: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(inner.join("\n"));
    }
    blocks
}

/// Splits at spaces outside of quotes, which is all that the pages ask of a shell.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in line.chars() {
        match character {
            ' ' | '\t' if quote.is_none() => words.push(std::mem::take(&mut word)),
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            _ => word.push(character),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn a_command_line_ends_where_the_shell_ends_it() {
    let text = "cut x | broadcaster import - --tag 'a b' > y # broadcaster no\n# broadcaster no\nbroadcastern";
    assert_eq!(command_lines(text), [["broadcaster", "import", "-", "--tag", "a b"]]);
    let wrong = command_lines("/usr/bin/broadcaster serve-devices --no-such-flag");
    assert!(refusal(&wrong[0]).is_some_and(|why| why.contains("--no-such-flag")), "{wrong:?}");
}
