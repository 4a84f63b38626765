//! Laws of leads and their tags.

use broadcaster::lead::{Address, Fields, LeadId, LeadRow};
use broadcaster::message::{EndReason, MessageState};
use broadcaster::sequence::Audience;
use broadcaster::store::{Error, Imported, LeadChoice, OnDuplicate, ReEnroll, Standing};

use super::rig::{Rig, at, email, fields, keyed, message, phone, row};

fn a_row_of_a_new_address_is_a_new_lead(rig: &Rig) {
    let said = LeadRow {
        email: Some(email("ada")),
        zone: Some("Asia/Kuala_Lumpur".to_owned()),
        region: Some("MY".to_owned()),
        device: Some("sim-1".to_owned()),
        fields: fields([("first_name", "Ada")]),
        tags: vec!["expo".to_owned(), "a".to_owned()],
        ..row(1)
    };
    assert_eq!(rig.import_one(said), Imported::New);

    let lead = rig.find_lead(phone(1).as_str()).unwrap().unwrap();
    assert_eq!(lead.address, phone(1));
    assert_eq!(lead.email.as_deref(), Some("ada@example.org"));
    assert_eq!(lead.zone.as_deref(), Some("Asia/Kuala_Lumpur"));
    assert_eq!(lead.region.as_deref(), Some("MY"));
    assert_eq!(lead.device.as_deref(), Some("sim-1"));
    assert_eq!(lead.fields, fields([("first_name", "Ada")]));
    assert_eq!(rig.tags_of(lead.id).unwrap(), ["a", "expo"]);
    assert_eq!(rig.lead_count().unwrap(), 1);
}

fn the_same_row_twice_changes_nothing(rig: &Rig) {
    let said = LeadRow {
        fields: fields([("company", "Acme")]),
        tags: vec!["expo".to_owned()],
        aliases: vec![phone(2)],
        ..keyed("7", row(1))
    };
    assert_eq!(rig.import_one(said.clone()), Imported::New);
    assert_eq!(rig.import_one(said), Imported::Unchanged);
    assert_eq!(rig.lead_count().unwrap(), 1);
}

fn filling_replaces_what_the_row_says_and_erases_nothing(rig: &Rig) {
    let zone = Some("Europe/Lisbon".to_owned());
    rig.import_one(LeadRow {
        zone: zone.clone(),
        fields: fields([("company", "Acme"), ("city", "Porto")]),
        ..row(1)
    });
    let said = LeadRow { fields: fields([("company", "Bolt")]), ..row(1) };
    assert_eq!(rig.import_one(said), Imported::Updated);

    let lead = rig.find_lead(phone(1).as_str()).unwrap().unwrap();
    assert_eq!(lead.fields, fields([("company", "Bolt"), ("city", "Porto")]));
    assert_eq!(lead.zone, zone);
}

fn overwriting_erases_what_the_row_lacks(rig: &Rig) {
    rig.import_one(LeadRow {
        email: Some(email("ada")),
        zone: Some("Europe/Lisbon".to_owned()),
        fields: fields([("company", "Acme"), ("city", "Porto")]),
        tags: vec!["expo".to_owned()],
        ..keyed("7", row(1))
    });
    let said = LeadRow { fields: fields([("company", "Bolt")]), ..row(1) };
    let imported = rig.import(&[said], OnDuplicate::Overwrite, at(1)).unwrap();
    assert_eq!(imported, [Imported::Updated]);

    let lead = rig.find_lead("7").unwrap().expect("the key is no field and stays");
    assert_eq!(lead.fields, fields([("company", "Bolt")]));
    assert_eq!((lead.email, lead.zone), (None, None));
    assert_eq!(rig.tags_of(lead.id).unwrap(), ["expo"], "tags are only added");
}

fn skipping_and_refusing_leave_the_lead_alone(rig: &Rig) {
    let lead = rig.lead(1);
    let before = rig.find_lead(phone(1).as_str()).unwrap();
    let said =
        LeadRow { fields: fields([("city", "Porto")]), tags: vec!["expo".to_owned()], ..row(1) };

    let skipped = rig.import(std::slice::from_ref(&said), OnDuplicate::Skip, at(1)).unwrap();
    let refused = rig.import(&[said], OnDuplicate::Error, at(1)).unwrap();
    assert_eq!((skipped[0], refused[0]), (Imported::Skipped, Imported::Duplicate));
    assert_eq!(rig.find_lead(phone(1).as_str()).unwrap(), before);
    assert!(rig.tags_of(lead).unwrap().is_empty());
    assert!(!rig.field_names().unwrap().contains("city"), "no lead has had it");
}

fn a_known_key_with_another_phone_keeps_the_old_one_as_an_alias(rig: &Rig) {
    rig.import_one(keyed("7", row(1)));
    let lead = rig.lead_at(&phone(1));
    assert_eq!(rig.import_one(keyed("7", row(2))), Imported::Updated);

    let found = rig.find_lead(phone(1).as_str()).unwrap().unwrap();
    assert_eq!((found.id, found.address), (lead, phone(2)));
    assert_eq!(rig.lead_at(&phone(2)), lead);
    assert_eq!(rig.lead_count().unwrap(), 1);
}

fn a_phone_may_change_back(rig: &Rig) {
    for number in [1, 2, 1] {
        rig.import_one(keyed("7", row(number)));
    }
    let lead = rig.find_lead(phone(2).as_str()).unwrap().unwrap();
    assert_eq!(lead.address, phone(1));
    assert_eq!(rig.import_one(keyed("7", row(1))), Imported::Unchanged);
}

fn a_row_of_an_alias_means_its_lead_and_moves_nobody(rig: &Rig) {
    rig.import_one(LeadRow { aliases: vec![phone(2)], ..row(1) });
    let said = LeadRow { fields: fields([("city", "Porto")]), ..row(2) };
    assert_eq!(rig.import_one(said), Imported::Updated);

    let lead = rig.find_lead(phone(2).as_str()).unwrap().unwrap();
    assert_eq!(lead.address, phone(1));
    assert_eq!(lead.fields, fields([("city", "Porto")]));
    assert_eq!(rig.lead_count().unwrap(), 1);
}

fn a_shared_alias_means_whose_own_it_is_or_the_first(rig: &Rig) {
    let first = rig.lead(1);
    rig.import_one(LeadRow { aliases: vec![phone(1), phone(3)], ..keyed("7", row(2)) });
    let second = rig.lead_at(&phone(2));
    assert_eq!(rig.lead_at(&phone(1)), first);
    assert_eq!(rig.lead_at(&phone(3)), second);
    assert_eq!(rig.addresses_of(second).unwrap(), [phone(2), phone(1), phone(3)]);

    rig.import_one(LeadRow { aliases: vec![phone(3)], ..row(1) });
    assert_eq!(rig.lead_at(&phone(3)), first);
    let choice =
        LeadChoice { these: Some(rig.leads_of(&[phone(3)]).unwrap()), ..LeadChoice::default() };
    assert_eq!(rig.leads(&choice, LeadId(0), 9).unwrap().len(), 2);

    assert_eq!(rig.import_one(keyed("7", row(3))), Imported::Updated);
    assert_eq!(rig.lead_at(&phone(3)), second, "it is written to there now");
    assert_eq!(rig.addresses_of(first).unwrap(), [phone(1), phone(3)]);
}

fn a_key_and_an_address_of_two_leads_conflict(rig: &Rig) {
    rig.import_one(keyed("7", row(1)));
    let second = rig.lead(2);
    let said = LeadRow { fields: fields([("city", "Porto")]), ..keyed("7", row(2)) };
    assert_eq!(rig.import_one(said), Imported::Conflict);

    assert_ne!(rig.lead_at(&phone(1)), second);
    for number in [1, 2] {
        let lead = rig.find_lead(phone(number).as_str()).unwrap().unwrap();
        assert_eq!((lead.address, lead.fields), (phone(number), fields([])));
    }
}

fn a_key_means_a_lead_only_in_its_source(rig: &Rig) {
    rig.import_one(keyed("7", row(1)));
    let elsewhere = LeadRow { source: "shop".to_owned(), ..keyed("7", row(2)) };
    assert_eq!(rig.import_one(elsewhere), Imported::New);
    assert_ne!(rig.lead_at(&phone(1)), rig.lead_at(&phone(2)));
}

fn later_rows_of_a_batch_see_the_earlier_ones(rig: &Rig) {
    let rows = [keyed("7", row(1)), keyed("7", row(2)), row(1), keyed("8", row(3)), row(3)];
    let imported = rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
    let expected =
        [Imported::New, Imported::Updated, Imported::Repeated, Imported::New, Imported::Repeated];
    assert_eq!(imported, expected);
    assert_eq!(rig.lead_count().unwrap(), 2);
}

fn a_row_without_an_address_refuses_its_batch(rig: &Rig) {
    let nowhere = LeadRow { phone: None, ..row(2) };
    let refused = rig.import(&[row(1), nowhere], OnDuplicate::Fill, at(0));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(rig.lead_count().unwrap(), 0);
}

fn an_email_is_an_address_until_there_is_a_phone(rig: &Rig) {
    let by_email = LeadRow { phone: None, email: Some(email("ada")), ..row(1) };
    rig.import_one(keyed("7", by_email.clone()));
    let lead = rig.find_lead("ada@example.org").unwrap().unwrap();
    assert_eq!((lead.address, lead.email.as_deref()), (email("ada"), Some("ada@example.org")));

    rig.import_one(keyed("7", row(1)));
    let lead = rig.find_lead("7").unwrap().unwrap();
    assert_eq!((lead.address, lead.email.as_deref()), (phone(1), Some("ada@example.org")));

    rig.import_one(keyed("7", by_email));
    assert_eq!(rig.find_lead("7").unwrap().unwrap().address, phone(1), "a phone is not given up");
}

fn leads_come_by_id_in_pages(rig: &Rig) {
    for number in 1..=5 {
        rig.lead(number);
    }
    let everyone = LeadChoice::default();
    let page = |after, limit| -> Vec<LeadId> {
        rig.leads(&everyone, after, limit).unwrap().iter().map(|lead| lead.id).collect()
    };
    let all = page(LeadId(0), 10);
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted());
    assert_eq!(page(all[1], 2), all[2..4]);
    assert_eq!(page(all[4], 2), []);
}

fn an_audience_wants_all_of_its_tags_and_fields(rig: &Rig) {
    let with = |number, tags: &[&str], city: &str| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        rig.import_one(LeadRow { tags, fields: fields([("city", city)]), ..row(number) });
    };
    with(1, &["expo", "vip"], "Porto");
    with(2, &["expo", "vip"], "Lisbon");
    with(3, &["expo"], "Porto");

    let numbers = |tags: &[&str], wanted: Fields| -> Vec<Address> {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let audience = Audience { tags, fields: wanted.into() };
        let choice = LeadChoice { audience, these: None };
        let leads = rig.leads(&choice, LeadId(0), 10).unwrap();
        leads.into_iter().map(|lead| lead.address).collect()
    };
    assert_eq!(numbers(&["expo", "vip"], fields([("city", "Porto")])), [phone(1)]);
    assert_eq!(numbers(&[], fields([("city", "Porto")])), [phone(1), phone(3)]);
    assert_eq!(numbers(&[], fields([("phone", phone(2).as_str())])), [phone(2)]);
    assert_eq!(numbers(&["nobody"], fields([])), []);
}

fn addresses_choose_leads_by_alias_too(rig: &Rig) {
    rig.import_one(LeadRow { aliases: vec![phone(9)], ..row(1) });
    rig.lead(2);
    rig.lead(3);
    let these = rig.leads_of(&[phone(3), phone(9), phone(1), phone(8)]).unwrap();
    assert_eq!(these, [rig.lead_at(&phone(1)), rig.lead_at(&phone(3))], "each once, by id");
    let choice = LeadChoice { these: Some(these), ..LeadChoice::default() };
    let chosen: Vec<Address> =
        rig.leads(&choice, LeadId(0), 10).unwrap().into_iter().map(|lead| lead.address).collect();
    assert_eq!(chosen, [phone(1), phone(3)]);

    let nobody = LeadChoice { these: Some(vec![]), ..LeadChoice::default() };
    assert!(rig.leads(&nobody, LeadId(0), 10).unwrap().is_empty());
}

fn enrollable_says_how_each_lead_stands(rig: &Rig) {
    rig.import_one(LeadRow {
        zone: Some("Asia/Tokyo".to_owned()),
        device: Some("sim-9".to_owned()),
        ..row(1)
    });
    let free = rig.lead(1);
    let active = rig.lead(2);
    rig.enroll(active, at(0));
    let stopped = rig.lead(3);
    rig.enroll(stopped, at(0));
    rig.unenroll(&[stopped], None, EndReason::Unenrolled, at(0)).unwrap();
    let suppressed = rig.lead(4);
    rig.suppress_number(4, at(0));

    let standings = |again| -> Vec<(LeadId, Standing)> {
        let choice = LeadChoice::default();
        let seen = rig.enrollable(&choice, rig.sequence, again, LeadId(0), 10).unwrap();
        assert_eq!(seen[0].zone.as_deref(), Some("Asia/Tokyo"));
        assert_eq!(seen[0].device.as_deref(), Some("sim-9"));
        seen.iter().map(|one| (one.lead, one.standing)).collect()
    };
    let mut expected = [
        (free, Standing::Free),
        (active, Standing::Enrolled),
        (stopped, Standing::Enrolled),
        (suppressed, Standing::Suppressed),
    ];
    assert_eq!(standings(ReEnroll::Never), expected);
    expected[2].1 = Standing::Free;
    assert_eq!(standings(ReEnroll::Finished), expected);
}

fn a_tag_is_added_and_taken_once(rig: &Rig) {
    let leads = [rig.lead(1), rig.lead(2)];
    assert_eq!(rig.tag(&leads[..1], "expo", true).unwrap(), 1);
    assert_eq!(rig.tag(&leads, "expo", true).unwrap(), 1);
    assert_eq!(rig.tag(&leads[1..], "expo", false).unwrap(), 1);
    assert_eq!(rig.tag(&leads[1..], "expo", false).unwrap(), 0);
    assert_eq!(rig.tags_of(leads[0]).unwrap(), ["expo"]);
    assert!(rig.tag_names().unwrap().contains("expo"));
    assert!(rig.tags_of(leads[1]).unwrap().is_empty());
}

fn a_lead_is_found_by_its_address_before_a_key(rig: &Rig) {
    rig.import_one(keyed(phone(2).as_str(), row(1)));
    let first = rig.lead_at(&phone(1));
    assert_eq!(rig.lead_at(&phone(2)), first);
    rig.import_one(row(2));
    assert_ne!(rig.lead_at(&phone(2)), first);
    assert_eq!(rig.find_lead("nobody").unwrap(), None);
}

fn an_erased_lead_is_nobody_and_still_counts(rig: &Rig) {
    rig.import_one(LeadRow {
        aliases: vec![phone(9)],
        fields: fields([("city", "Porto")]),
        tags: vec!["expo".to_owned()],
        ..keyed("7", row(1))
    });
    let lead = rig.lead_at(&phone(1));
    let enrollment = rig.enroll(lead, at(10));
    rig.erase(lead, at(5)).unwrap();

    for name in [phone(1).as_str(), phone(9).as_str(), "7"] {
        assert_eq!(rig.find_lead(name).unwrap(), None, "{name}");
    }
    assert_eq!(rig.lead_count().unwrap(), 0);
    assert!(rig.tags_of(lead).unwrap().is_empty());
    assert!(rig.field_names().unwrap().contains("city"), "some lead has had it");
    let row = rig.message(message(enrollment, 1)).unwrap();
    assert_eq!((row.state, row.reason), (MessageState::Cancelled, Some(EndReason::Erased)));
    assert_eq!(row.address.as_str(), "");
    assert_eq!(rig.enrollment_of(lead).reason, Some(EndReason::Erased));
    assert!(rig.addresses_of(lead).unwrap().is_empty());
    assert!(matches!(rig.erase(lead, at(6)), Err(Error::Missing { .. })));
}

fn an_erased_person_may_come_back_as_somebody_new(rig: &Rig) {
    let erased = rig.lead(1);
    rig.erase(erased, at(0)).unwrap();
    assert_eq!(rig.import_one(row(1)), Imported::New);
    assert_ne!(rig.lead_at(&phone(1)), erased);
}

fn a_lead_is_found_by_an_email_beside_its_phone(rig: &Rig) {
    let ada = |number| LeadRow { email: Some(email("ada")), ..row(number) };
    rig.import_one(ada(1));
    rig.import_one(ada(2));
    let (first, second) = (rig.lead_at(&phone(1)), rig.lead_at(&phone(2)));
    assert_eq!(rig.lead_at(&email("ada")), first, "the first of two that share it");
    let these = rig.leads_of(&[email("ada")]).unwrap();
    let by_email = LeadChoice { these: Some(these), ..LeadChoice::default() };
    let chosen = rig.leads(&by_email, LeadId(0), 9).unwrap();
    assert_eq!(chosen.iter().map(|lead| lead.id).collect::<Vec<_>>(), [first, second]);

    let keyed = |row| LeadRow { source: "crm".to_owned(), ..keyed("7", row) };
    rig.import_one(keyed(LeadRow { email: Some(email("bob")), ..LeadRow::default() }));
    rig.import_one(keyed(LeadRow { email: Some(email("ada")), ..LeadRow::default() }));
    let own = rig.lead_at(&email("ada"));
    assert!(own != first && own != second, "whose messages go there comes first");
}

fn the_addresses_of_a_lead_begin_with_its_own(rig: &Rig) {
    let aliases = vec![phone(9), phone(8)];
    rig.import_one(LeadRow { email: Some(email("ada")), aliases, ..row(1) });
    let lead = rig.lead_at(&phone(1));
    let addresses = [phone(1), email("ada"), phone(8), phone(9)];
    assert_eq!(rig.addresses_of(lead).unwrap(), addresses);

    rig.import_one(LeadRow { email: Some(email("bob")), ..LeadRow::default() });
    let bob = rig.lead_at(&email("bob"));
    assert_eq!(rig.addresses_of(bob).unwrap(), [email("bob")], "one address is said once");
}

super::laws![
    a_key_and_an_address_of_two_leads_conflict,
    a_key_means_a_lead_only_in_its_source,
    a_known_key_with_another_phone_keeps_the_old_one_as_an_alias,
    a_lead_is_found_by_an_email_beside_its_phone,
    a_lead_is_found_by_its_address_before_a_key,
    a_phone_may_change_back,
    a_row_of_a_new_address_is_a_new_lead,
    a_row_of_an_alias_means_its_lead_and_moves_nobody,
    a_row_without_an_address_refuses_its_batch,
    a_tag_is_added_and_taken_once,
    addresses_choose_leads_by_alias_too,
    a_shared_alias_means_whose_own_it_is_or_the_first,
    an_audience_wants_all_of_its_tags_and_fields,
    an_email_is_an_address_until_there_is_a_phone,
    an_erased_lead_is_nobody_and_still_counts,
    an_erased_person_may_come_back_as_somebody_new,
    enrollable_says_how_each_lead_stands,
    filling_replaces_what_the_row_says_and_erases_nothing,
    later_rows_of_a_batch_see_the_earlier_ones,
    leads_come_by_id_in_pages,
    overwriting_erases_what_the_row_lacks,
    skipping_and_refusing_leave_the_lead_alone,
    the_addresses_of_a_lead_begin_with_its_own,
    the_same_row_twice_changes_nothing,
];
