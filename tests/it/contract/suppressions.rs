//! Laws of suppressions: to whom nothing is sent any more.

use broadcaster::enrollment::EnrollmentState;
use broadcaster::lead::{Address, LeadRow, Suppression};
use broadcaster::message::{EndReason, MessageState};
use broadcaster::store::{Imported, OnDuplicate, SequenceState};

use super::rig::{Rig, at, failed, keyed, message, phone, row};

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
    assert_eq!(rig.suppress(&batch).unwrap(), 1);
    assert_eq!(rig.suppress(&[because("reply_stop", 3)]).unwrap(), 0);
    assert_eq!(rig.suppression(&phone(1)).unwrap(), Some(because("bounced", 1)));
}

fn a_suppression_stops_what_is_on_its_way(rig: &Rig) {
    let (one, other) = (rig.lead(1), rig.lead(2));
    let stopped = rig.enroll(one, at(10));
    let untouched = rig.enroll(other, at(10));
    rig.suppress_number(1, at(5));

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

super::laws![
    a_lead_that_moves_to_a_suppressed_address_is_stopped,
    a_suppressed_address_is_cleared_away_from_a_paused_sequence,
    a_suppressed_address_is_never_claimed,
    a_suppression_keeps_its_first_reason_and_date,
    a_suppression_stops_what_is_on_its_way,
    an_import_never_lifts_a_suppression,
    an_opt_out_counts_whatever_becomes_of_its_row,
    an_opt_out_under_an_alias_reaches_the_address,
    lifting_a_suppression_restarts_nothing,
    suppressions_come_by_address_in_pages,
];
