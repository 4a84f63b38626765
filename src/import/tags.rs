//! Import: the tags in a cell, however its program lists them.

use super::cells;

/// The tags of a cell: `a, b`, `a; b`, `* a ::: * b` or `"a","b"`.
pub(super) fn read_tags(cell: &str) -> Vec<String> {
    let cell = cells::clean(cell);
    let pieces: Vec<String> = if cell.contains(":::") {
        cell.split(":::").map(str::to_owned).collect()
    } else if cell.starts_with('"') {
        split_quoted(cell)
    } else if let Some(separator) =
        [';', '|', '\n', ','].into_iter().find(|sign| cell.contains(*sign))
    {
        cell.split(separator).map(str::to_owned).collect()
    } else {
        vec![cell.to_owned()]
    };
    let mut tags: Vec<String> = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        // Google marks its own groups with a star.
        let tag = cells::clean(piece).trim_start_matches("* ").trim();
        if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

fn split_quoted(cell: &str) -> Vec<String> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(cell.as_bytes());
    let records = reader.records().filter_map(Result::ok);
    records.flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_from_every_kind_of_list() {
        for (cell, tags) in [
            ("expo, vip", &["expo", "vip"][..]),
            ("myContacts;starred", &["myContacts", "starred"]),
            ("* myContacts ::: * starred", &["myContacts", "starred"]),
            ("\"VIP\",\"Blog, weekly\"", &["VIP", "Blog, weekly"]),
            ("expo", &["expo"]),
            ("expo, expo,, -", &["expo"]),
            ("", &[]),
        ] {
            assert_eq!(read_tags(cell), tags, "{cell}");
        }
    }
}
