//! Laws of suppressions: to whom nothing is sent any more.

use broadcaster::enrollment::EnrollmentState;
use broadcaster::lead::{Address, LeadId, LeadRow, Suppression};
use broadcaster::message::{EndReason, MessageState};
use broadcaster::store::{
    Imported, LeadChoice, OnDuplicate, Pushed, ReEnroll, SequenceState, Standing, Suppressing,
};

use super::rig::{Rig, at, email, enrolled, failed, keyed, message, phone, row};

fn a_suppressed_address_is_never_claimed(rig: &Rig) {
    // The lead moves to an address that was suppressed before, while its message is due.
    rig.import_one(keyed("7", row(1)));
    let lead = rig.lead(1);
    let id = rig.enroll(lead, at(0));
    rig.suppress_number(2, at(0));
    rig.import_one(keyed("7", row(2)));

    assert!(rig.claim(at(1)).is_empty());
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(message(id, 1)), cancelled);
    assert_eq!(rig.enrollment_of(lead).reason, Some(EndReason::Suppressed));
}

fn a_lead_that_moves_to_a_suppressed_address_is_stopped(rig: &Rig) {
    rig.import_one(keyed("7", row(1)));
    let lead = rig.lead(1);
    rig.enroll(lead, at(0));
    rig.suppress_number(2, at(0));
    rig.import_one(keyed("7", row(2)));
    assert_eq!(rig.enrollment_of(lead).reason, Some(EndReason::Suppressed));
}

fn a_suppressed_address_is_cleared_away_from_a_paused_sequence(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, failed(EndReason::Refused), at(1));
    rig.suppress_number(1, at(2));
    rig.set_sequence_state(rig.sequence, SequenceState::Paused).unwrap();
    rig.retry(claim.candidate.message, at(5)).unwrap();
    assert!(rig.claim(at(6)).is_empty());
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(claim.candidate.message), cancelled);
}

fn an_opt_out_counts_whatever_becomes_of_its_row(rig: &Rig) {
    let lead = rig.lead(1);
    let enrollment = rig.enroll(lead, at(10));
    let said = LeadRow { opt_out: Some("do_not_call".to_owned()), ..row(1) };
    let imported = rig.import(&[said], OnDuplicate::Skip, at(5)).unwrap();
    assert_eq!(imported, [Imported::Skipped]);

    let suppression = rig.suppression(&phone(1)).unwrap().unwrap();
    assert_eq!((suppression.reason.as_str(), suppression.since_at), ("do_not_call", at(5)));
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(message(enrollment, 1)), cancelled);
}

fn an_opt_out_under_an_alias_reaches_the_address(rig: &Rig) {
    rig.import_one(LeadRow { aliases: vec![phone(2)], ..row(1) });
    rig.import_one(LeadRow { opt_out: Some("opted_out".to_owned()), ..row(2) });
    assert!(rig.suppression(&phone(1)).unwrap().is_some());
    assert!(rig.suppression(&phone(2)).unwrap().is_some());
}

fn an_import_never_lifts_a_suppression(rig: &Rig) {
    rig.suppress_number(1, at(0));
    rig.import(&[row(1)], OnDuplicate::Overwrite, at(1)).unwrap();
    assert!(rig.suppression(&phone(1)).unwrap().is_some());
}

fn a_suppression_keeps_its_first_reason_and_date(rig: &Rig) {
    let because = |reason: &str, seconds| Suppression {
        address: phone(1),
        reason: reason.to_owned(),
        since_at: at(seconds),
    };
    let batch = [because("bounced", 1), because("opted_out", 2)];
    assert_eq!(rig.suppress(&batch).unwrap().new, 1);
    assert_eq!(rig.suppress(&[because("reply_stop", 3)]).unwrap(), Suppressing::default());
    assert_eq!(rig.suppression(&phone(1)).unwrap(), Some(because("bounced", 1)));
}

fn a_suppression_stops_what_is_on_its_way(rig: &Rig) {
    let (one, other) = (rig.lead(1), rig.lead(2));
    let stopped = rig.enroll(one, at(10));
    let untouched = rig.enroll(other, at(10));
    let suppression = |seconds| Suppression {
        address: phone(1),
        reason: "bounced".to_owned(),
        since_at: at(seconds),
    };
    let done = rig.suppress(&[suppression(5), suppression(6)]).unwrap();
    assert_eq!(done, Suppressing { new: 1, stopped: 1 });

    let enrollment = rig.enrollment_of(one);
    assert_eq!(enrollment.state, EnrollmentState::Stopped);
    assert_eq!(
        (enrollment.reason, enrollment.ended_at),
        (Some(EndReason::Suppressed), Some(at(5)))
    );
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(message(stopped, 1)), cancelled);
    assert_eq!(rig.state_of(message(untouched, 1)), MessageState::Pending);
}

fn lifting_a_suppression_restarts_nothing(rig: &Rig) {
    let lead = rig.lead(1);
    rig.enroll(lead, at(10));
    rig.suppress_number(1, at(5));
    assert_eq!(rig.unsuppress(&[phone(1), phone(2)]).unwrap(), 1);

    assert!(rig.claim(at(20)).is_empty());
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
    assert_eq!(rig.suppression(&phone(1)).unwrap(), None);
}

fn suppressions_come_by_address_in_pages(rig: &Rig) {
    for number in [3, 1, 2] {
        rig.suppress_number(number, at(0));
    }
    let addresses = |after: &str| -> Vec<Address> {
        rig.suppressions(after, 2).unwrap().into_iter().map(|one| one.address).collect()
    };
    assert_eq!(addresses(""), [phone(1), phone(2)]);
    assert_eq!(addresses(phone(2).as_str()), [phone(3)]);
}

/// A lead with a phone, an e-mail address and another phone.
fn lead_of_three(rig: &Rig) -> LeadId {
    rig.import_one(LeadRow { email: Some(email("ada")), aliases: vec![phone(9)], ..row(1) });
    rig.lead_at(&phone(1))
}

fn suppress(rig: &Rig, address: &Address, seconds: i64) {
    let reason = "opted_out".to_owned();
    let suppression = Suppression { address: address.clone(), reason, since_at: at(seconds) };
    assert_eq!(rig.suppress(&[suppression]).unwrap().new, 1);
}

fn a_suppression_of_any_address_holds_the_lead(rig: &Rig) {
    let lead = lead_of_three(rig);
    let other = rig.lead(2);
    for (round, address) in [phone(1), email("ada"), phone(9)].iter().enumerate() {
        let again = ReEnroll::Finished;
        let stopped = enrolled(rig.try_enroll(lead, at(10), again));
        suppress(rig, address, 5);
        assert_eq!(rig.suppression_of(lead).unwrap().unwrap().address, *address);
        let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
        assert_eq!(rig.end_of(message(stopped, 1)), cancelled, "round {round}");
        let choice = LeadChoice::default();
        let seen = rig.enrollable(&choice, rig.sequence, again, LeadId(lead.0 - 1), 1).unwrap();
        assert_eq!((seen[0].lead, seen[0].standing), (lead, Standing::Suppressed));
        assert_eq!(rig.try_enroll(lead, at(10), again), Pushed::Suppressed);
        assert_eq!(rig.unsuppress(std::slice::from_ref(address)).unwrap(), 1);
        assert_eq!(rig.suppression_of(lead).unwrap(), None);
    }
    suppress(rig, &email("ada"), 6);
    assert_eq!(rig.suppression_of(other).unwrap(), None);
}

fn a_shared_email_holds_all_who_share_it(rig: &Rig) {
    let shares = |number| LeadRow { email: Some(email("office")), ..row(number) };
    rig.import_one(shares(1));
    rig.import_one(shares(2));
    let leads = [rig.lead_at(&phone(1)), rig.lead_at(&phone(2))];
    for lead in leads {
        rig.enroll(lead, at(10));
    }
    suppress(rig, &email("office"), 5);
    for lead in leads {
        assert_eq!(rig.enrollment_of(lead).reason, Some(EndReason::Suppressed));
    }
    // A phone is one person's.
    rig.unsuppress(&[email("office")]).unwrap();
    suppress(rig, &phone(1), 6);
    assert_eq!(rig.suppression_of(leads[1]).unwrap(), None);
}

fn who_comes_to_a_suppressed_address_is_stopped(rig: &Rig) {
    suppress(rig, &email("ada"), 0);
    suppress(rig, &phone(9), 0);
    let (one, other) = (rig.lead(1), rig.lead(2));
    rig.enroll(one, at(10));
    rig.enroll(other, at(10));
    rig.import_one(LeadRow { email: Some(email("ada")), ..row(1) });
    rig.import_one(LeadRow { aliases: vec![phone(9)], ..row(2) });
    for lead in [one, other] {
        assert_eq!(rig.enrollment_of(lead).reason, Some(EndReason::Suppressed));
    }
}

fn a_shared_phone_holds_all_who_share_it(rig: &Rig) {
    let own = rig.lead(1);
    rig.import_one(LeadRow { aliases: vec![phone(1), phone(9)], ..row(2) });
    rig.import_one(LeadRow { aliases: vec![phone(9)], ..row(3) });
    let others = [rig.lead_at(&phone(2)), rig.lead_at(&phone(3))];
    for lead in others {
        rig.enroll(lead, at(10));
    }
    suppress(rig, &phone(1), 5);
    assert_eq!(rig.enrollment_of(others[0]).reason, Some(EndReason::Suppressed));
    assert_eq!(rig.suppression_of(others[1]).unwrap(), None);
    suppress(rig, &phone(9), 6);
    assert_eq!(rig.enrollment_of(others[1]).reason, Some(EndReason::Suppressed));
    assert_eq!(rig.suppression_of(own).unwrap().unwrap().address, phone(1));

    // Who comes to share it later is held as well.
    let later = rig.lead(4);
    rig.enroll(later, at(10));
    rig.import_one(LeadRow { aliases: vec![phone(1)], ..row(4) });
    assert_eq!(rig.enrollment_of(later).reason, Some(EndReason::Suppressed));
}

fn losing_a_suppressed_email_frees_nobody(rig: &Rig) {
    let lead = lead_of_three(rig);
    suppress(rig, &email("ada"), 0);
    rig.import(&[row(1)], OnDuplicate::Overwrite, at(1)).unwrap();
    let held = rig.suppression_of(lead).unwrap().unwrap();
    assert_eq!((held.address, held.reason.as_str()), (phone(1), "opted_out"));
}

fn an_address_left_behind_still_holds(rig: &Rig) {
    rig.import_one(keyed("7", row(1)));
    let lead = rig.lead_at(&phone(1));
    rig.suppress_number(1, at(0));
    rig.import_one(keyed("7", row(2)));
    assert_eq!(rig.suppression_of(lead).unwrap().unwrap().address, phone(1));
}

fn a_suppression_outlives_its_lead(rig: &Rig) {
    let lead = lead_of_three(rig);
    suppress(rig, &email("ada"), 0);
    rig.erase(lead, at(1)).unwrap();
    assert!(rig.suppression(&email("ada")).unwrap().is_some());
    assert!(rig.suppression_of(lead_of_three(rig)).unwrap().is_some());
}

super::laws![
    a_lead_that_moves_to_a_suppressed_address_is_stopped,
    a_shared_email_holds_all_who_share_it,
    a_shared_phone_holds_all_who_share_it,
    a_suppressed_address_is_cleared_away_from_a_paused_sequence,
    a_suppressed_address_is_never_claimed,
    a_suppression_keeps_its_first_reason_and_date,
    a_suppression_of_any_address_holds_the_lead,
    a_suppression_outlives_its_lead,
    a_suppression_stops_what_is_on_its_way,
    an_address_left_behind_still_holds,
    an_import_never_lifts_a_suppression,
    an_opt_out_counts_whatever_becomes_of_its_row,
    an_opt_out_under_an_alias_reaches_the_address,
    lifting_a_suppression_restarts_nothing,
    losing_a_suppressed_email_frees_nobody,
    suppressions_come_by_address_in_pages,
    who_comes_to_a_suppressed_address_is_stopped,
];
