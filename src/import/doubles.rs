//! Import: columns that mean a field which another column gives already. They are kept under their own
//! names, and that has to be said: the operator may have meant the other one.

use super::aliases;
use super::header::{Headers, normalise};
use super::plan::ImportPlan;
use super::report::{Double, Mapped};

/// The columns of this kind. What the operator has decided is no question any more.
pub(super) fn doubles(headers: &Headers, mapping: &[Mapped], plan: &ImportPlan) -> Vec<Double> {
    let decided: Vec<String> =
        plan.maps.iter().map(|(field, _)| aliases::meaning(&normalise(field)).to_owned()).collect();
    let double = |kept: &Mapped| {
        let column = headers.labels.iter().position(|label| *label == kept.header)?;
        let field = aliases::meaning(&headers.given[column]);
        let has_own_name = kept.field.starts_with(&headers.names[column]) && kept.field != field;
        let is_decided = decided.iter().any(|decided| *decided == field || *decided == kept.field);
        let giving = mapping.iter().find(|mapped| mapped.field == field)?;
        (has_own_name && !is_decided).then(|| Double {
            field: field.to_owned(),
            header: giving.header.clone(),
            other_header: kept.header.clone(),
            kept_as: kept.field.clone(),
        })
    };
    mapping.iter().filter_map(double).collect()
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;
    use crate::import::mapping::Mapping;
    use crate::import::profile::Profile;

    fn found(header: &str, maps: &[(&str, &str)]) -> Vec<String> {
        let headers = Headers::from_record(&StringRecord::from_iter(header.split(',')));
        let maps = maps.iter().map(|(field, header)| ((*field).to_owned(), (*header).to_owned()));
        let plan = ImportPlan { maps: maps.collect(), ..ImportPlan::default() };
        let mapping = Mapping::resolve(&headers, Profile::detect(&headers), &plan, &[]).unwrap();
        let doubles = doubles(&headers, &mapping.describe(&headers), &plan);
        let shown = doubles.into_iter().map(|one| {
            format!("{}={} not {} ({})", one.field, one.header, one.other_header, one.kept_as)
        });
        shown.collect()
    }

    #[test]
    fn the_second_column_of_a_field_is_found_by_name_and_by_meaning() {
        assert_eq!(
            found("phone,first_name,First Name,Vorname,email,E-mail address", &[]),
            [
                "first_name=first_name not First Name (first_name_2)",
                "first_name=first_name not Vorname (vorname)",
                "email=email not E-mail address (e_mail_address)",
            ]
        );
        assert_eq!(found("phone,Size,size", &[]), ["size=Size not size (size_2)"]);
        assert_eq!(found("phone,zone,timezone", &[]).len(), 1);
    }

    #[test]
    fn what_adds_up_or_was_decided_is_no_double() {
        assert_eq!(found("phone,Mobile,tags,labels,city", &[]), [""; 0]);
        assert_eq!(found("phone,email,E-mail", &[("email", "E-mail")]), [""; 0]);
        assert_eq!(found("phone,email,E-mail", &[("second_email", "E-mail")]), [""; 0]);
    }
}
