//! "Did you mean": the known name that a person most likely meant.

/// The known name nearest to what was typed; `None` when nothing is near enough to be a slip.
#[must_use]
pub fn closest<'n>(typed: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // One slip in a short name, up to a third of a longer one; a swap of neighbours is one slip.
    let bearable = (typed.chars().count() / 3).max(1);
    let (typed, length) = (typed.to_lowercase(), typed.chars().count());
    known
        .into_iter()
        // A long text is like no name, and to find out how unlike takes its length each time.
        .filter(|name| name.chars().count().abs_diff(length) <= bearable)
        .map(|name| (strsim::damerau_levenshtein(&typed, &name.to_lowercase()), name))
        .filter(|&(distance, name)| distance <= bearable && distance < name.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// More names than this are not read any more.
const LISTED_MAX: usize = 8;

/// The advice for an unknown name: the nearest known one, else all of them when they are few.
#[must_use]
pub fn did_you_mean<'n>(typed: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = closest(typed, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    if known.is_empty() || known.len() > LISTED_MAX {
        return None;
    }
    let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("known here: {}", all.join(", ")))
}
