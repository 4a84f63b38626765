//! Reading a source file as the walls see it: without comments, without tests, with its texts apart.

use std::ops::Range;
use std::path::Path;

/// A Rust file of `src/`.
pub(crate) struct Source {
    /// Below the package, with `/`.
    pub(crate) path: String,
    /// As it is written.
    pub(crate) text: String,
    /// Comments, texts and test modules blanked.
    code: String,
    /// The texts outside comments and test modules, with their places.
    texts: Vec<(usize, String)>,
}

/// A place that a law speaks of.
pub(crate) struct Found<T> {
    pub(crate) line: usize,
    pub(crate) what: T,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        let (mut code, mut texts) = blank(text);
        for range in test_modules(&code) {
            texts.retain(|(at, _)| !range.contains(at));
            let emptied: String = code[range.clone()].chars().map(space_for).collect();
            code.replace_range(range, &emptied);
        }
        Source { path: path.to_owned(), text: text.to_owned(), code, texts }
    }

    /// Whether the file is there for tests alone.
    pub(crate) fn is_a_test(path: &Path) -> bool {
        let name = path.file_stem().unwrap_or_default();
        name == "tests"
            || name == "testing"
            || path.components().any(|part| part.as_os_str() == "tests")
    }

    /// `src/store/sqlite/claim.rs` is `["store", "sqlite", "claim"]`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.trim_end_matches("/mod").split('/').filter(|part| *part != "lib").collect()
    }

    /// Where one of these words stands in the code, whole.
    pub(crate) fn words(&self, wanted: &[&'static str]) -> Vec<Found<&'static str>> {
        let mut found = Vec::new();
        for word in wanted {
            for (at, _) in self.code.match_indices(word) {
                let before = self.code[..at].chars().next_back();
                let after = self.code[at + word.len()..].chars().next();
                let opens = !word.starts_with(is_part_of_a_word);
                let closes = !word.ends_with(is_part_of_a_word);
                if (opens || !before.is_some_and(is_part_of_a_word))
                    && (closes || !after.is_some_and(is_part_of_a_word))
                {
                    found.push(Found { line: self.line(at), what: *word });
                }
            }
        }
        found
    }

    /// The texts in the code.
    pub(crate) fn texts(&self) -> impl Iterator<Item = Found<&str>> {
        self.texts.iter().map(|(at, text)| Found { line: self.line(*at), what: text.as_str() })
    }

    /// What the file declares: names behind `fn`, `mod`, `struct`, `enum`, `trait`, `type`, `const`.
    pub(crate) fn declared(&self) -> Vec<Found<&str>> {
        let mut found = Vec::new();
        for keyword in ["fn ", "mod ", "struct ", "enum ", "trait ", "type ", "const ", "static "] {
            for (at, _) in self.code.match_indices(keyword) {
                if !self.code[..at].ends_with(is_part_of_a_word) {
                    let rest = &self.code[at + keyword.len()..];
                    let end = rest.find(|c| !is_part_of_a_word(c)).unwrap_or(rest.len());
                    found.push(Found { line: self.line(at), what: &rest[..end] });
                }
            }
        }
        found
    }

    /// Every path into the package that the code names, in full: `store::sqlite::Sqlite`.
    pub(crate) fn names(&self) -> Vec<Found<String>> {
        let mut found = Vec::new();
        for root in ["crate::", "super::"] {
            for (at, _) in self.code.match_indices(root) {
                let begins = !self.code[..at].ends_with(|c| is_part_of_a_word(c) || c == ':');
                // `pub(in crate::...)` and `$crate::` name nothing that is used.
                if begins && !self.code[..at].ends_with('$') {
                    let mut paths = Vec::new();
                    read_paths(&mut &self.code[at..], String::new(), &mut paths);
                    let line = self.line(at);
                    found.extend(paths.iter().map(|path| Found { line, what: self.in_full(path) }));
                }
            }
        }
        found
    }

    fn in_full(&self, path: &str) -> String {
        let mut module = self.module();
        let mut rest = path;
        while let Some(after) = rest.strip_prefix("super::") {
            module.pop();
            rest = after;
        }
        match rest.strip_prefix("crate::") {
            Some(rest) => rest.to_owned(),
            None => module.into_iter().chain([rest]).collect::<Vec<_>>().join("::"),
        }
    }

    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }
}

/// Reads one use tree, or a path in an expression, and adds each path that it names.
fn read_paths(rest: &mut &str, prefix: String, paths: &mut Vec<String>) {
    let mut path = prefix;
    loop {
        *rest = rest.trim_start();
        let end = rest.find(|c| !is_part_of_a_word(c)).unwrap_or(rest.len());
        let (segment, after) = rest.split_at(end);
        *rest = after;
        path.push_str(segment);
        match rest.strip_prefix("::") {
            Some(after) if after.trim_start().starts_with('{') => {
                *rest = &after.trim_start()[1..];
                path.push_str("::");
                while !rest.trim_start().starts_with('}') && !rest.is_empty() {
                    read_paths(rest, path.clone(), paths);
                    let end = rest.find([',', '}']).unwrap_or(rest.len());
                    *rest = rest[end..].strip_prefix(',').unwrap_or(&rest[end..]);
                }
                *rest = rest.trim_start().strip_prefix('}').unwrap_or_default();
                return;
            }
            Some(after) if after.starts_with(is_part_of_a_word) => {
                *rest = after;
                path.push_str("::");
            }
            // `::<T>`, `::*` and the end of the path name nothing further.
            _ => {
                paths.push(path.trim_end_matches("::self").to_owned());
                return;
            }
        }
    }
}

/// The code with comments and texts blanked, byte for byte, and the texts.
fn blank(text: &str) -> (String, Vec<(usize, String)>) {
    let mut code = String::with_capacity(text.len());
    let mut texts = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let (length, is_text) = match first {
            '/' if text[at..].starts_with("//") => (line_comment(&text[at..]), false),
            '/' if text[at..].starts_with("/*") => (block_comment(&text[at..]), false),
            '"' => (quoted(&text[at..]), true),
            'r' if !code.ends_with(is_part_of_a_word) || code.ends_with('b') => {
                raw(&text[at..]).map_or((0, false), |length| (length, true))
            }
            '\'' => (character(&text[at..]), false),
            _ => (0, false),
        };
        if length == 0 {
            code.push(first);
            at += first.len_utf8();
            continue;
        }
        let piece = &text[at..at + length];
        if is_text {
            let bare = piece.strip_prefix('r').unwrap_or(piece).trim_matches('#');
            let bare = bare.strip_prefix('"').unwrap_or(bare);
            texts.push((at, bare.strip_suffix('"').unwrap_or(bare).to_owned()));
        }
        code.extend(piece.chars().map(space_for));
        at += length;
    }
    (code, texts)
}

fn line_comment(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw(text: &str) -> Option<usize> {
    let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
    let opened = 1 + hashes;
    let inner = text[opened..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    Some(inner.find(&closing).map_or(text.len(), |end| opened + 1 + end + closing.len()))
}

/// The length of a character literal; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(0, |end| 3 + end + 1),
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

fn test_modules(code: &str) -> Vec<Range<usize>> {
    let opening = "#[cfg(test)]\nmod ";
    let mut ranges = Vec::new();
    for (at, _) in code.match_indices(opening) {
        let head = &code[at + opening.len()..];
        let Some(brace) = head.find(['{', ';']).filter(|end| head[*end..].starts_with('{')) else {
            continue;
        };
        let start = at + opening.len() + brace;
        let mut depth = 0;
        let end = code[start..].char_indices().find_map(|(offset, character)| {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(start + offset + 1)
        });
        ranges.push(at..end.unwrap_or(code.len()));
    }
    ranges
}

fn is_part_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// As many spaces as the character has bytes, so that places stay where they are.
fn space_for(character: char) -> &'static str {
    match (character, character.len_utf8()) {
        ('\n', _) => "\n",
        (_, 1) => " ",
        (_, 2) => "  ",
        (_, 3) => "   ",
        _ => "    ",
    }
}

#[test]
fn comments_texts_and_tests_are_not_code() {
    let text = concat!(
        "// crate::one\n/* crate::two /* crate::three */ */\nlet a = \"crate::four \\\" ér\";\n",
        "let b = r#\"crate::five \" \"#;\nlet c = ('\"', 'x', b'\\'');\nfn d<'a>() { crate::six() }\n",
        "#[cfg(test)]\nmod tests {\n    use crate::seven;\n    fn e() {}\n}\nuse crate::eight;\n",
    );
    let source = Source::new("src/a.rs", text);
    let names: Vec<String> = source.names().into_iter().map(|found| found.what).collect();
    assert_eq!(names, ["six", "eight"]);
    let lines: Vec<usize> = source.names().iter().map(|found| found.line).collect();
    assert_eq!(lines, [6, 12]);
    let texts: Vec<&str> = source.texts().map(|found| found.what).collect();
    assert_eq!(texts, ["crate::four \\\" ér", "crate::five \" "]);
}

#[test]
fn a_use_tree_names_each_of_its_leaves() {
    let text = "use crate::store::{self, sqlite::{Sqlite, claim}, Claim,};\nuse super::super::x::*;\n\
                fn a() { super::b::<u8>(crate::c::D { e: 1 }) }\n";
    let source = Source::new("src/f/g/h.rs", text);
    let names: Vec<String> = source.names().into_iter().map(|found| found.what).collect();
    assert_eq!(
        names,
        [
            "store",
            "store::sqlite::Sqlite",
            "store::sqlite::claim",
            "store::Claim",
            "c::D",
            "f::x",
            "f::g::b"
        ]
    );
}
