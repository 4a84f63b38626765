//! Import: which column gives which field.
//!
//! What the operator maps wins over the profile, and that over the table of aliases. Where two
//! columns could be the phone of an unknown file, nothing is guessed: the operator chooses.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;

use super::aliases::{self, field_of, phone_rank};
use super::email::canonical_email;
use super::error::ImportError;
use super::header::{Headers, looks_like_phone, normalise};
use super::plan::ImportPlan;
use super::profile::Profile;
use super::report::Mapped;
use crate::document::closest;
use crate::lead::BUILT_IN_FIELDS;

/// Which columns give what, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mapping {
    pub phones: Vec<PhoneColumn>,
    pub emails: Vec<usize>,
    pub key: Option<usize>,
    pub countries: Vec<usize>,
    pub zones: Vec<usize>,
    pub offset: Option<usize>,
    pub summer_offset: Option<usize>,
    pub tags: Vec<usize>,
    pub device: Option<usize>,
    pub consents: Vec<usize>,
    pub opt_outs: Vec<usize>,
    pub converted: Option<usize>,
    pub since: Option<usize>,
    /// Everything else, by field name.
    pub fields: Vec<(String, Vec<usize>)>,
}

/// A column of phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PhoneColumn {
    pub column: usize,
    /// The column that says what kind of phone it is.
    pub label: Option<usize>,
}

/// Fields that are not kept as text.
const SPECIAL: [&str; 12] = [
    "phone",
    "email",
    "key",
    "zone",
    "offset",
    "summer_offset",
    "tags",
    "device",
    "consent",
    "opt_out",
    "converted",
    "since",
];
/// Fields that every column of theirs adds to.
const ADDED_UP: [&str; 3] = ["tags", "consent", "opt_out"];
/// What is judged of a file's rows when no header tells.
const TOLD_BY_SHARE: f64 = 0.6;

impl Mapping {
    /// Finds out which column gives what. `rows` are the first rows, for files without a header.
    pub(super) fn resolve(
        headers: &Headers,
        profile: Option<&Profile>,
        plan: &ImportPlan,
        rows: &[StringRecord],
    ) -> Result<Mapping, ImportError> {
        let mut chosen = Chosen::by_operator(headers, plan)?;
        if let Some(profile) = profile {
            chosen.add_profile(headers, profile);
        }
        chosen.add_phones(headers, profile)?;
        if headers.are_numbered() {
            chosen.add_by_content(headers, rows)?;
        } else {
            chosen.add_aliases(headers);
        }
        if plan.source_name.is_some() && !chosen.has("key") {
            let key = aliases::KEYS.iter().find_map(|name| headers.find(name));
            key.into_iter().for_each(|column| chosen.add("key", column));
        }
        chosen.refuse_near_fields(plan)?;
        let mapping = chosen.into_mapping(headers);
        if mapping.phones.is_empty() && mapping.emails.is_empty() {
            let first = |columns: Vec<usize>| Some(headers.labels[*columns.first()?].clone());
            let phone = first(columns_with(rows, headers, looks_like_phone));
            let email = || first(columns_with(rows, headers, looks_like_email));
            let candidate = phone.map(|column| ("phone", column));
            return Err(ImportError::NoAddressColumn {
                candidate: candidate.or_else(|| Some(("email", email()?))),
                columns: headers.labels.clone(),
            });
        }
        Ok(mapping)
    }

    /// The same for people.
    pub(super) fn describe(&self, headers: &Headers) -> Vec<Mapped> {
        let phones: Vec<usize> = self.phones.iter().map(|phone| phone.column).collect();
        let one = |column: Option<usize>| column.into_iter().collect::<Vec<_>>();
        let special = [
            ("phone", phones),
            ("email", self.emails.clone()),
            ("key", one(self.key)),
            ("zone", self.zones.clone()),
            ("offset", one(self.offset)),
            ("tags", self.tags.clone()),
            ("device", one(self.device)),
            ("consent", self.consents.clone()),
            ("opt_out", self.opt_outs.clone()),
            ("converted", one(self.converted)),
            ("since", one(self.since)),
        ];
        let special = special.into_iter().map(|(field, columns)| (field.to_owned(), columns));
        let mapped = special.chain(self.fields.iter().cloned());
        mapped
            .flat_map(|(field, columns)| {
                let header = |column: usize| headers.labels[column].clone();
                columns
                    .into_iter()
                    .map(move |column| Mapped { field: field.clone(), header: header(column) })
            })
            .collect()
    }
}

/// Columns by field while they are being found.
#[derive(Default)]
struct Chosen {
    columns: BTreeMap<String, Vec<usize>>,
    /// Fields that the operator has spoken about.
    settled: BTreeSet<String>,
    taken: BTreeSet<usize>,
}

impl Chosen {
    fn by_operator(headers: &Headers, plan: &ImportPlan) -> Result<Chosen, ImportError> {
        let mut chosen = Chosen::default();
        for (field, header) in &plan.maps {
            let name = normalise(field);
            let field = aliases::meaning(&name);
            chosen.settled.insert(field.to_owned());
            if header.trim().is_empty() {
                continue;
            }
            let column =
                headers.find_label(header).ok_or_else(|| no_such_column(headers, header))?;
            chosen.add(field, column);
        }
        Ok(chosen)
    }

    /// Refuses a field of the operator's that looks like a slip for one with a meaning which nothing gives.
    fn refuse_near_fields(&self, plan: &ImportPlan) -> Result<(), ImportError> {
        let with_meaning = || SPECIAL.into_iter().chain(["country"]);
        let free = || with_meaning().filter(|field| !self.has(field));
        for (field, column) in plan.maps.iter().filter(|(_, column)| !column.trim().is_empty()) {
            let name = normalise(field);
            let typed = aliases::meaning(&name);
            if with_meaning().all(|field| field != typed)
                && let Some(meant) = closest(typed, free())
            {
                let (typed, column) = (field.clone(), column.clone());
                return Err(ImportError::NearField { typed, meant, column });
            }
        }
        Ok(())
    }

    fn has(&self, field: &str) -> bool {
        self.settled.contains(field) || self.columns.contains_key(field)
    }

    fn add(&mut self, field: &str, column: usize) {
        self.columns.entry(field.to_owned()).or_default().push(column);
        self.taken.insert(column);
    }

    fn add_profile(&mut self, headers: &Headers, profile: &Profile) {
        let keys =
            [("key", profile.keys.iter().copied().find(|name| headers.find(name).is_some()))];
        let keys = keys.into_iter().filter_map(|(field, name)| Some((field, vec![name?])));
        self.taken.extend(profile.passed_over.iter().filter_map(|name| headers.find(name)));
        let fields = profile.fields.iter().map(|(field, names)| (*field, names.to_vec()));
        for (field, names) in keys.chain(fields) {
            if self.settled.contains(field) {
                continue;
            }
            let columns = names.iter().filter_map(|name| headers.find(name));
            for column in columns.filter(|column| !self.taken.contains(column)).collect::<Vec<_>>()
            {
                self.add(field, column);
            }
        }
    }

    /// The phones: those of the profile, else by their names.
    fn add_phones(
        &mut self,
        headers: &Headers,
        profile: Option<&Profile>,
    ) -> Result<(), ImportError> {
        if self.settled.contains("phone") {
            return Ok(());
        }
        let mut columns = profile.map_or_else(Vec::new, |profile| profile.phone_columns(headers));
        if columns.is_empty() {
            let mut ranked: Vec<(usize, usize)> = (0..headers.names.len())
                .filter(|column| !self.taken.contains(column))
                .filter_map(|column| Some((phone_rank(&headers.names[column])?, column)))
                .collect();
            ranked.sort_unstable();
            let best = ranked.iter().filter(|(rank, _)| *rank == ranked[0].0);
            if profile.is_none() && best.clone().count() > 1 {
                let candidates = best.map(|(_, column)| headers.labels[*column].clone()).collect();
                return Err(ImportError::Ambiguous { field: "phone", candidates });
            }
            columns = ranked.into_iter().map(|(_, column)| column).collect();
        }
        columns.into_iter().for_each(|column| self.add("phone", column));
        Ok(())
    }

    /// Columns by their names: the name itself is better than an alias of it.
    fn add_aliases(&mut self, headers: &Headers) {
        let exact = |column: &usize| {
            field_of(&headers.names[*column]) == Some(headers.names[*column].as_str())
        };
        let (exact, other): (Vec<usize>, Vec<usize>) = (0..headers.names.len()).partition(exact);
        for column in exact.into_iter().chain(other) {
            let Some(field) = field_of(&headers.names[column]) else { continue };
            let is_free =
                !self.has(field) || (ADDED_UP.contains(&field) && !self.settled.contains(field));
            if is_free && !self.taken.contains(&column) {
                self.add(field, column);
            }
        }
    }

    /// Columns by what is in them, for a file whose columns have no names.
    fn add_by_content(
        &mut self,
        headers: &Headers,
        rows: &[StringRecord],
    ) -> Result<(), ImportError> {
        let found = [
            ("phone", columns_with(rows, headers, looks_like_phone)),
            ("email", columns_with(rows, headers, looks_like_email)),
        ];
        for (field, columns) in found {
            if self.has(field) {
                continue;
            }
            match columns[..] {
                [] => {}
                [column] => self.add(field, column),
                _ => {
                    let candidates =
                        columns.iter().map(|column| headers.labels[*column].clone()).collect();
                    return Err(ImportError::Ambiguous { field, candidates });
                }
            }
        }
        Ok(())
    }

    fn into_mapping(mut self, headers: &Headers) -> Mapping {
        let phones = self.columns.remove("phone").unwrap_or_default();
        // Consent to e-mail says nothing about a phone.
        if let Some(columns) = self.columns.remove("email_consent") {
            if phones.is_empty() {
                self.columns.entry("consent".to_owned()).or_default().extend(columns);
            } else {
                columns.iter().for_each(|column| _ = self.taken.remove(column));
            }
        }
        let mut take = |field: &str| self.columns.remove(field).unwrap_or_default();
        let mut mapping = Mapping {
            emails: take("email"),
            key: take("key").first().copied(),
            zones: take("zone"),
            offset: take("offset").first().copied(),
            summer_offset: take("summer_offset").first().copied(),
            tags: take("tags"),
            device: take("device").first().copied(),
            consents: take("consent"),
            opt_outs: take("opt_out"),
            converted: take("converted").first().copied(),
            since: take("since").first().copied(),
            ..Mapping::default()
        };
        mapping.countries = self.columns.get("country").cloned().unwrap_or_default();
        mapping.phones = phones
            .into_iter()
            .map(|column| PhoneColumn { column, label: label_column(headers, column) })
            .collect();
        let labels: Vec<usize> = mapping.phones.iter().filter_map(|phone| phone.label).collect();
        self.taken.extend(labels);
        mapping.fields = self.columns.into_iter().collect();
        for (column, name) in headers.names.iter().enumerate() {
            if name.is_empty() || self.taken.contains(&column) {
                continue;
            }
            let is_used = BUILT_IN_FIELDS.contains(&name.as_str())
                || SPECIAL.contains(&name.as_str())
                || mapping.fields.iter().any(|(field, _)| field == name);
            let name = if is_used { format!("{name}_column") } else { name.clone() };
            mapping.fields.push((name, vec![column]));
        }
        mapping
    }
}

/// The column that says what kind of phone another one holds: `Phone 1 - Label` for `Phone 1 - Value`.
fn label_column(headers: &Headers, column: usize) -> Option<usize> {
    let stem = headers.names[column].strip_suffix("_value")?;
    ["label", "type"].iter().find_map(|kind| headers.find(&format!("{stem}_{kind}")))
}

/// The columns most of whose cells are of a kind.
fn columns_with(
    rows: &[StringRecord],
    headers: &Headers,
    is_kind: impl Fn(&str) -> bool,
) -> Vec<usize> {
    let is_such = |column: &usize| {
        let cells =
            rows.iter().filter_map(|row| row.get(*column)).filter(|cell| !cell.trim().is_empty());
        let (mut all, mut such) = (0_u32, 0_u32);
        for cell in cells {
            all += 1;
            such += u32::from(is_kind(cell));
        }
        such > 0 && f64::from(such) >= f64::from(all) * TOLD_BY_SHARE
    };
    (0..headers.labels.len())
        .filter(|column| !headers.names[*column].is_empty())
        .filter(is_such)
        .collect()
}

fn looks_like_email(cell: &str) -> bool {
    !looks_like_phone(cell) && canonical_email(cell).is_ok()
}

fn no_such_column(headers: &Headers, wanted: &str) -> ImportError {
    let closeness = |label: &&String| {
        (strsim::jaro_winkler(&normalise(label), &normalise(wanted)) * 1e6) as u64
    };
    let similar =
        headers.labels.iter().max_by_key(closeness).filter(|label| closeness(label) > 850_000);
    ImportError::NoSuchColumn {
        wanted: wanted.to_owned(),
        similar: similar.cloned(),
        columns: headers.labels.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(
        header: &str,
        maps: &[(&str, &str)],
        rows: &[&str],
    ) -> Result<Vec<String>, ImportError> {
        let record = |line: &str| StringRecord::from(line.split(',').collect::<Vec<_>>());
        let headers = Headers::from_record(&record(header));
        let maps = maps
            .iter()
            .map(|(field, header)| ((*field).to_owned(), (*header).to_owned()))
            .collect();
        let plan = ImportPlan { maps, ..ImportPlan::default() };
        let rows: Vec<StringRecord> = rows.iter().map(|row| record(row)).collect();
        let mapping = Mapping::resolve(&headers, Profile::detect(&headers), &plan, &rows)?;
        let mapped = mapping.describe(&headers);
        Ok(mapped.iter().map(|mapped| format!("{}={}", mapped.field, mapped.header)).collect())
    }

    #[test]
    fn columns_are_known_in_several_languages() {
        let mapped = resolve("Nome,Telemóvel,Telefone,Cidade,Fax,Correio", &[], &[]).unwrap();
        let expected = [
            "phone=Telemóvel",
            "phone=Telefone",
            "city=Cidade",
            "full_name=Nome",
            "fax=Fax",
            "correio=Correio",
        ];
        assert_eq!(mapped, expected);
    }

    #[test]
    fn what_the_operator_maps_wins() {
        let mapped =
            resolve("Name,Mobile,Kontakt,Email", &[("phone", "Kontakt"), ("email", "")], &[])
                .unwrap();
        assert_eq!(
            mapped,
            ["phone=Kontakt", "full_name=Name", "mobile=Mobile", "email_column=Email"]
        );
        let mapped = resolve("Name,A,Email", &[("Mobile", "a")], &[]).unwrap();
        assert_eq!(mapped[0], "phone=A");
    }

    #[test]
    fn two_columns_that_could_be_the_phone_stop_the_import() {
        let error = resolve("Name,Phone,Telephone", &[], &[]).unwrap_err().to_string();
        assert_eq!(
            error,
            "several columns could be the phone: `Phone`, `Telephone`; choose one, for example --map 'phone=Phone'"
        );
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_its_like() {
        let error = resolve("Name,Mobile", &[("phone", "Mobil")], &[]).unwrap_err().to_string();
        assert!(error.contains("there is no column `Mobil`; did you mean `Mobile`?"), "{error}");
    }

    #[test]
    fn without_any_address_the_likely_column_is_offered() {
        let error =
            resolve("Wer,Wo,Wie", &[], &["Ana,Lisboa,+351 912 345 678"]).unwrap_err().to_string();
        assert!(error.contains("--map 'phone=Wie'"), "{error}");
        let error = resolve("Wer,Wie", &[], &["Ana,ana@example.org"]).unwrap_err().to_string();
        assert!(error.contains("--map 'email=Wie'"), "{error}");
        let error = resolve("x", &[], &["1", "2"]).unwrap_err().to_string();
        assert!(error.contains("nor do the first rows look like any"), "{error}");
    }

    #[test]
    fn a_slip_for_a_field_with_a_meaning_is_refused_until_that_one_is_settled() {
        let slip = [("phon", "Phone")];
        let error = resolve("Name,Phone,Email", &slip, &[]).unwrap_err().to_string();
        assert_eq!(
            error,
            "`phon` would be a field of its own; did you mean --map 'phone=Phone'? To keep a field \
             `phon`, add --map phone=COLUMN, or --map phone= when the file has none"
        );
        let meant = [("phon", "Phone"), ("phone", "")];
        let mapped = resolve("Name,Phone,Email", &meant, &[]).unwrap();
        assert_eq!(mapped, ["email=Email", "full_name=Name", "phon=Phone"]);
        let mapped = resolve("Mobile,Note", &[("phonk", "Note")], &[]).unwrap();
        assert_eq!(mapped, ["phone=Mobile", "phonk=Note"]);
        assert!(resolve("Phone,Where", &[("zones", "Where")], &[]).is_err());
        assert!(resolve("Phone,Where", &[("town", "Where")], &[]).is_ok());
    }

    #[test]
    fn a_file_without_names_is_known_by_its_content() {
        let rows = ["Ana,+351912345678,ana@example.org", "Bo,,bo@example.org"];
        let mapped = resolve(",,", &[], &rows).unwrap();
        assert_eq!(mapped, ["phone=column_2", "email=column_3", "column_1=column_1"]);
        let error = resolve(",", &[], &["+351912345678,+351912345679"]).unwrap_err();
        assert!(matches!(error, ImportError::Ambiguous { field: "phone", .. }));
    }

    #[test]
    fn our_own_columns_are_passed_over() {
        let mapped = resolve("phone,_row,_line,_column,_reason,_detail", &[], &[]).unwrap();
        assert_eq!(mapped, ["phone=phone"]);
    }
}
