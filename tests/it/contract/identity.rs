//! Laws of who a row is: which lead it means by its phone and its e-mail address.

use broadcaster::enrollment::EnrollmentState;
use broadcaster::lead::{Address, LeadRow, Place, Suppression};
use broadcaster::message::{EndReason, MessageState};
use broadcaster::store::{ImportSoFar, Imported, OnDuplicate};
use proptest::collection::vec;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::lockstep::any_row;
use super::rig::{Rig, at, email, fields, keyed, message, phone, row};

/// A row of a phone and an e-mail address.
fn both(number: u32, name: &str) -> LeadRow {
    LeadRow { email: Some(email(name)), ..row(number) }
}

/// A row of an e-mail address and nothing else.
fn email_only(name: &str) -> LeadRow {
    LeadRow { email: Some(email(name)), source: "crm".to_owned(), ..LeadRow::default() }
}

fn suppress(rig: &Rig, address: Address) {
    let reason = "reply_stop".to_owned();
    rig.suppress(&[Suppression { address, reason, since_at: at(5) }]).unwrap();
}

fn a_row_without_a_phone_is_the_lead_that_has_its_email(rig: &Rig) {
    rig.import_one(both(1, "ada"));
    assert_eq!(rig.import_one(email_only("ada")), Imported::Unchanged);
    let said = LeadRow { fields: fields([("city", "Porto")]), ..email_only("ada") };
    let skipped = rig.import(std::slice::from_ref(&said), OnDuplicate::Skip, at(0)).unwrap();
    let refused = rig.import(std::slice::from_ref(&said), OnDuplicate::Error, at(0)).unwrap();
    assert_eq!((skipped[0], refused[0]), (Imported::Skipped, Imported::Duplicate));
    assert_eq!(rig.import_one(said), Imported::Updated);

    let lead = rig.find_lead("ada@example.org").unwrap().unwrap();
    assert_eq!((lead.address, lead.fields), (phone(1), fields([("city", "Porto")])));
    assert_eq!(rig.lead_count().unwrap(), 1);
}

fn what_is_only_assumed_of_a_place_replaces_nothing(rig: &Rig) {
    let assumed = Place { zone: Some("Asia/Tokyo".to_owned()), region: Some("JP".to_owned()) };
    let portuguese = Some("PT".to_owned());
    rig.import_one(LeadRow { region: portuguese.clone(), ..both(1, "ada") });
    let said = LeadRow { assumed, ..email_only("ada") };
    for rule in [OnDuplicate::Fill, OnDuplicate::Overwrite] {
        rig.import(std::slice::from_ref(&said), rule, at(0)).unwrap();
        let lead = rig.find_lead("ada@example.org").unwrap().unwrap();
        assert_eq!((lead.zone.as_deref(), &lead.region), (Some("Asia/Tokyo"), &portuguese));
        assert_eq!(rig.import_one(said.clone()), Imported::Unchanged);
    }
}

fn a_phone_that_becomes_the_address_tells_where_its_lead_is(rig: &Rig) {
    let place = |zone: &str, region: &str| Place {
        zone: Some(zone.to_owned()),
        region: Some(region.to_owned()),
    };
    let of_lead = |address: &Address| {
        let lead = rig.find_lead(address.as_str()).unwrap().unwrap();
        assert_eq!(lead.address, *address);
        Place { zone: lead.zone, region: lead.region }
    };
    let london = place("Europe/London", "GB");
    let guesses = [Place::default(), place("Asia/Kuala_Lumpur", "MY")];
    let rules = [OnDuplicate::Fill, OnDuplicate::Overwrite];
    let ways = guesses.iter().flat_map(|guess| rules.map(|rule| (guess, rule)));
    for (number, ((guess, rule), batch)) in
        (1..).zip(ways.flat_map(|way| [1, 2].map(|batch| (way, batch))))
    {
        let name = format!("ada-{number}");
        let Place { zone, region } = london.clone();
        let rows = [
            LeadRow { assumed: guess.clone(), ..email_only(&name) },
            LeadRow { zone, region, ..both(number, &name) },
        ];
        for _ in 0..2 {
            let mut so_far = ImportSoFar::default();
            for rows in rows.chunks(batch) {
                rig.import_batch(rows, rule, &mut so_far, at(0)).unwrap();
            }
            assert_eq!(of_lead(&phone(number)), london, "{rule:?} {batch} {guess:?}");
        }
        // Of a lead that has its phone, the first row of an import counts as ever.
        let moved = LeadRow { zone: Some("Asia/Tokyo".to_owned()), ..both(number, &name) };
        let imported = rig.import(&[rows[1].clone(), moved], rule, at(0)).unwrap();
        assert_eq!(imported[1], Imported::Repeated);
        assert_eq!(of_lead(&phone(number)), london);
    }
}

fn rows_of_one_batch_meet_by_email_too(rig: &Rig) {
    let rows = [both(1, "ada"), email_only("ada"), email_only("bob"), both(2, "bob"), row(2)];
    let imported = rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
    let expected =
        [Imported::New, Imported::Repeated, Imported::New, Imported::Updated, Imported::Repeated];
    assert_eq!(imported, expected);
    assert_eq!(rig.lead_count().unwrap(), 2);
}

fn a_stop_by_phone_holds_whom_a_later_row_knows_by_email_only(rig: &Rig) {
    rig.import_one(both(1, "ada"));
    rig.import_one(email_only("ada"));
    let lead = rig.lead_at(&email("ada"));
    let enrollment = rig.enroll(lead, at(0));
    suppress(rig, phone(1));
    assert!(rig.claim(at(6)).is_empty());
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(message(enrollment, 1)), cancelled);
}

fn an_email_of_several_leads_says_not_which_is_meant(rig: &Rig) {
    assert_eq!(rig.import_one(both(1, "ada")), Imported::New);
    assert_eq!(rig.import_one(both(2, "ada")), Imported::NewSharing);
    assert_eq!(rig.import_one(email_only("ada")), Imported::Ambiguous);
    assert_eq!(rig.import_one(keyed("7", email_only("ada"))), Imported::Ambiguous);
    assert_eq!(rig.lead_count().unwrap(), 2);
    assert_eq!(rig.find_lead("7").unwrap(), None, "nothing of it is kept");

    rig.import_one(keyed("7", row(2)));
    assert_eq!(rig.import_one(keyed("7", email_only("ada"))), Imported::Unchanged);
}

fn a_wish_not_to_be_written_to_counts_for_all_who_share_the_email(rig: &Rig) {
    let leads = [1, 2].map(|number| {
        rig.import_one(both(number, "ada"));
        rig.lead_at(&phone(number))
    });
    let said = LeadRow { opt_out: Some("opted_out".to_owned()), ..email_only("ada") };
    assert_eq!(rig.import_one(said), Imported::Ambiguous);
    assert!(leads.iter().all(|lead| rig.suppression_of(*lead).unwrap().is_some()));
}

fn a_lead_known_by_email_takes_the_phone_of_a_later_row(rig: &Rig) {
    rig.import_one(email_only("ada"));
    let lead = rig.lead_at(&email("ada"));
    assert_eq!(rig.import_one(both(1, "ada")), Imported::Updated);
    let known = rig.find_lead("ada@example.org").unwrap().unwrap();
    assert_eq!((known.id, known.address), (lead, phone(1)));
    for again in [both(1, "ada"), email_only("ada")] {
        assert_eq!(rig.import_one(again), Imported::Unchanged);
    }
    assert_eq!(rig.import_one(both(2, "ada")), Imported::NewSharing, "they share it from now on");
}

fn a_suppressed_email_holds_a_lead_that_takes_a_phone(rig: &Rig) {
    rig.import_one(email_only("ada"));
    suppress(rig, email("ada"));
    rig.import_one(both(1, "ada"));
    assert!(rig.suppression_of(rig.lead_at(&phone(1))).unwrap().is_some());
}

fn a_lead_on_a_sequence_is_written_to_where_it_was(rig: &Rig) {
    rig.import_one(email_only("ada"));
    let lead = rig.lead_at(&email("ada"));
    let enrollment = rig.enroll(lead, at(10));
    assert_eq!(rig.import_one(both(1, "ada")), Imported::Updated);
    assert_eq!(rig.import_one(both(1, "ada")), Imported::Unchanged);
    let known = rig.find_lead(phone(1).as_str()).unwrap().unwrap();
    assert_eq!((known.id, known.address), (lead, email("ada")));

    suppress(rig, phone(1));
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(message(enrollment, 1)), cancelled);
    assert_eq!(rig.import_one(both(1, "ada")), Imported::Updated, "it is on none any more");
    assert_eq!(rig.find_lead(phone(1).as_str()).unwrap().unwrap().address, phone(1));
}

fn a_phone_that_was_stopped_stops_the_lead_that_it_turns_out_to_be(rig: &Rig) {
    rig.import_one(email_only("ada"));
    let lead = rig.lead_at(&email("ada"));
    rig.enroll(lead, at(10));
    suppress(rig, phone(1));
    rig.import_one(both(1, "ada"));
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
}

fn two_leads_that_turn_out_to_be_one_are_held_by_either_address(rig: &Rig) {
    rig.import_one(email_only("ada"));
    let by_email = rig.lead_at(&email("ada"));
    let by_phone = rig.lead(1);
    rig.enroll(by_email, at(10));
    rig.enroll(by_phone, at(10));
    assert_eq!(rig.import_one(both(1, "ada")), Imported::Updated);
    suppress(rig, phone(1));
    for lead in [by_email, by_phone] {
        assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
    }
    assert_eq!(rig.import_one(both(2, "ada")), Imported::NewSharing);
    assert!(rig.suppression_of(rig.lead_at(&phone(2))).unwrap().is_none(), "a phone of its own");
}

fn a_lead_that_moves_is_held_with_whom_it_turns_out_to_be(rig: &Rig) {
    rig.import_one(email_only("ada"));
    let by_email = rig.lead_at(&email("ada"));
    rig.enroll(by_email, at(10));
    rig.import_one(keyed("7", row(1)));
    rig.import_one(keyed("7", both(1, "ada")));
    assert_eq!(rig.import_one(keyed("7", row(2))), Imported::Updated, "a new phone");
    suppress(rig, phone(2));
    assert_eq!(rig.enrollment_of(by_email).state, EnrollmentState::Stopped);

    rig.import_one(both(3, "bob"));
    rig.import_one(keyed("8", email_only("old")));
    let moving = rig.lead_at(&email("old"));
    rig.enroll(moving, at(10));
    assert_eq!(rig.import_one(keyed("8", email_only("bob"))), Imported::Updated);
    suppress(rig, phone(3));
    assert_eq!(rig.enrollment_of(moving).state, EnrollmentState::Stopped);
}

fn leads_that_were_apart_are_held_together_once_the_phone_is_read_again(rig: &Rig) {
    rig.import_one(both(1, "ada"));
    rig.import_one(both(2, "ada"));
    rig.import_one(keyed("7", email_only("old")));
    let moving = rig.lead_at(&email("old"));
    rig.enroll(moving, at(10));
    assert_eq!(rig.import_one(keyed("7", email_only("ada"))), Imported::Updated);
    for rule in [OnDuplicate::Skip, OnDuplicate::Error] {
        rig.import(&[both(1, "ada")], rule, at(0)).unwrap();
    }
    assert_eq!(rig.addresses_of(moving).unwrap(), [email("ada"), email("old")], "whose phone?");

    assert_eq!(rig.import_one(both(1, "ada")), Imported::Updated);
    assert_eq!(rig.import_one(both(1, "ada")), Imported::Unchanged);
    assert_eq!(rig.import_one(both(2, "ada")), Imported::Unchanged, "a phone of its own");
    suppress(rig, phone(1));
    assert_eq!(rig.enrollment_of(moving).state, EnrollmentState::Stopped);
}

fn the_first_row_of_a_lead_counts_whatever_batch_the_others_are_in(rig: &Rig) {
    let said = |name: &str, city| LeadRow {
        email: Some(email(name)),
        fields: fields([("name", name), city]),
        ..row(1)
    };
    let batches = [said("ada", ("name", "ada")), said("bob", ("city", "Porto"))];
    let import = |rule| {
        let mut so_far = ImportSoFar::default();
        let mut fate = |row: &LeadRow| {
            rig.import_batch(std::slice::from_ref(row), rule, &mut so_far, at(0)).unwrap()[0]
        };
        batches.each_ref().map(&mut fate)
    };
    let fields_of = || rig.find_lead(phone(1).as_str()).unwrap().unwrap().fields;
    assert_eq!(import(OnDuplicate::Fill), [Imported::New, Imported::Updated]);
    assert_eq!(fields_of(), fields([("name", "ada"), ("city", "Porto")]), "what it lacked");
    assert_eq!(import(OnDuplicate::Fill), [Imported::Unchanged, Imported::Repeated]);
    assert_eq!(import(OnDuplicate::Overwrite), [Imported::Updated, Imported::Repeated]);
    assert_eq!(fields_of(), fields([("name", "ada")]));
    assert_eq!(import(OnDuplicate::Overwrite), [Imported::Unchanged, Imported::Repeated]);
    assert_eq!(import(OnDuplicate::Skip), [Imported::Skipped; 2]);
    assert_eq!(
        rig.find_lead(phone(1).as_str()).unwrap().unwrap().email.as_deref(),
        Some("ada@example.org")
    );
}

fn a_key_that_stands_twice_moves_its_lead_once(rig: &Rig) {
    let rows = [keyed("7", row(1)), keyed("7", row(2))];
    let import = || rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
    assert_eq!(import(), [Imported::New, Imported::Updated]);
    assert_eq!(import(), [Imported::Unchanged, Imported::Repeated]);
    let lead = rig.find_lead("7").unwrap().unwrap();
    assert_eq!((lead.address, rig.lead_at(&phone(2))), (phone(1), lead.id));
}

/// Imports random rows twice, each time into nothing, and hands in what became of them the second time.
fn twice(
    rig: &Rig,
    of: fn(LeadRow) -> LeadRow,
    law: fn(&Rig, u64, &[Imported]) -> Result<(), TestCaseError>,
) {
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(48) });
    let import_twice = |rows: Vec<LeadRow>| {
        rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
        let leads = rig.lead_count().unwrap();
        let again = rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
        law(rig, leads, &again)?;
        let everyone = rig.leads(&Default::default(), broadcaster::lead::LeadId(0), 99).unwrap();
        everyone.iter().for_each(|lead| rig.erase(lead.id, at(0)).unwrap());
        Ok(())
    };
    runner.run(&vec(any_row().prop_map(of), 1..12), import_twice).unwrap();
}

/// A key or a further phone can make a row somebody else the second time, whose e-mail address it replaces: a row
/// of that address alone is nobody's then.
fn the_same_rows_twice_make_no_lead(rig: &Rig) {
    twice(
        rig,
        |row| LeadRow { aliases: Vec::new(), key: None, ..row },
        |rig, leads, again| {
            let is_new = |fate: &Imported| matches!(fate, Imported::New | Imported::NewSharing);
            proptest::prop_assert!(!again.iter().any(is_new), "{:?}", again);
            proptest::prop_assert_eq!(rig.lead_count().unwrap(), leads);
            Ok(())
        },
    );
}

/// A list that once made a lead of its eighth row when it was read again.
fn a_list_of_many_names_read_twice_makes_no_lead(rig: &Rig) {
    let crm = |row: LeadRow| LeadRow { source: "crm".to_owned(), ..row };
    let shop = |row: LeadRow| LeadRow { source: "shop".to_owned(), ..row };
    let also = |number: u32, row: LeadRow| LeadRow { aliases: vec![phone(number)], ..row };
    let with_key = |key: &str, row: LeadRow| LeadRow { key: Some(key.to_owned()), ..row };
    let rows = [
        crm(with_key("3", also(4, both(4, "bob")))),
        shop(also(2, row(3))),
        shop(row(2)),
        shop(also(4, row(3))),
        shop(row(4)),
        crm(also(5, both(2, "ada"))),
        crm(with_key("1", row(2))),
        shop(also(2, email_only("bob"))),
        crm(row(1)),
        crm(row(1)),
        crm(with_key("2", also(5, row(2)))),
    ];
    rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
    let leads = rig.lead_count().unwrap();
    let again = rig.import(&rows, OnDuplicate::Fill, at(0)).unwrap();
    assert_eq!(rig.lead_count().unwrap(), leads, "{again:?}");
}

/// Further names can make a row somebody else than it was when less was known.
fn the_same_rows_twice_change_nobody_who_goes_by_one_name(rig: &Rig) {
    let with_one_name = |row: LeadRow| match row.phone {
        Some(_) => LeadRow { email: None, aliases: Vec::new(), key: None, ..row },
        None => LeadRow { aliases: Vec::new(), key: None, ..row },
    };
    twice(rig, with_one_name, |_, _, again| {
        let is_known = |fate: &Imported| matches!(fate, Imported::Unchanged | Imported::Repeated);
        proptest::prop_assert!(again.iter().all(is_known), "{:?}", again);
        Ok(())
    });
}

super::laws![
    a_key_that_stands_twice_moves_its_lead_once,
    a_lead_known_by_email_takes_the_phone_of_a_later_row,
    a_lead_on_a_sequence_is_written_to_where_it_was,
    a_lead_that_moves_is_held_with_whom_it_turns_out_to_be,
    a_list_of_many_names_read_twice_makes_no_lead,
    a_phone_that_becomes_the_address_tells_where_its_lead_is,
    a_phone_that_was_stopped_stops_the_lead_that_it_turns_out_to_be,
    a_row_without_a_phone_is_the_lead_that_has_its_email,
    a_stop_by_phone_holds_whom_a_later_row_knows_by_email_only,
    a_suppressed_email_holds_a_lead_that_takes_a_phone,
    a_wish_not_to_be_written_to_counts_for_all_who_share_the_email,
    an_email_of_several_leads_says_not_which_is_meant,
    leads_that_were_apart_are_held_together_once_the_phone_is_read_again,
    rows_of_one_batch_meet_by_email_too,
    the_first_row_of_a_lead_counts_whatever_batch_the_others_are_in,
    the_same_rows_twice_change_nobody_who_goes_by_one_name,
    the_same_rows_twice_make_no_lead,
    what_is_only_assumed_of_a_place_replaces_nothing,
    two_leads_that_turn_out_to_be_one_are_held_by_either_address,
];
