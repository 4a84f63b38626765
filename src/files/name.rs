//! The names that people give and type again in commands.

const LONGEST: usize = 100;

/// Reads a name: anything that can be typed as one argument and seen on one line.
pub(super) fn name(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("a name can't be empty");
    }
    if text.chars().count() > LONGEST {
        return Err("a name has at most 100 characters");
    }
    if text.starts_with('-') {
        return Err("a name can't begin with `-`: commands would take it for a flag");
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err("a name has no spaces around it and no line ends or tabs in it");
    }
    Ok(text.to_owned())
}
