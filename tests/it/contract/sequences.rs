//! Laws of sequences and their versions.

use std::time::Duration;

use broadcaster::message::{EndReason, MessageState};
use broadcaster::sequence::Schedule;
use broadcaster::store::{
    Applied, Error, NewEnrollment, ReEnroll, RunningRule, SequenceState, Then,
};

use super::rig::{Rig, again, at, due, message, messages_of, plan, sent};

fn the_same_plan_twice_is_one_version(rig: &Rig) {
    let same = plan("welcome", Schedule::Lazy, 3);
    let applied = rig.apply_sequence(&same, RunningRule::Keep, at(1)).unwrap();
    assert_eq!(applied, Applied { number: 1, changed: false, moved: 0 });
    assert_eq!(rig.sequences().unwrap().len(), 1);
}

fn a_changed_plan_is_the_next_version_and_the_old_one_stays(rig: &Rig) {
    let longer = plan("welcome", Schedule::Lazy, 4);
    let applied = rig.apply_sequence(&longer, RunningRule::Keep, at(1)).unwrap();
    assert_eq!(applied, Applied { number: 2, changed: true, moved: 0 });

    let known = rig.sequence("welcome").unwrap();
    assert_eq!((known.id, known.version.number), (rig.sequence, 2));
    assert_eq!(known.version.plan, longer);
    assert_eq!(rig.version(rig.version).unwrap().plan, plan("welcome", Schedule::Lazy, 3));
    assert_eq!(rig.version(known.version.id).unwrap(), known.version);
    assert_eq!(rig.version_numbered(known.id, 2).unwrap(), known.version);
    assert_eq!(rig.version_numbered(known.id, 1).unwrap().id, rig.version);
    assert!(rig.version_numbered(known.id, 3).is_err());
}

fn sequences_come_by_name(rig: &Rig) {
    rig.another_sequence(&plan("zebra", Schedule::Lazy, 1));
    rig.another_sequence(&plan("alpha", Schedule::Upfront, 2));
    let known = rig.sequences().unwrap();
    let names: Vec<&str> = known.iter().map(|one| one.version.plan.name.as_str()).collect();
    assert_eq!(names, ["alpha", "welcome", "zebra"]);
}

fn a_sequence_of_another_name_is_missing(rig: &Rig) {
    let missing = rig.sequence("nothing").unwrap_err();
    assert_eq!(missing, Error::Missing { kind: "sequence", name: "nothing".to_owned() });
}

fn running_enrollments_keep_their_version(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    rig.apply_sequence(&plan("welcome", Schedule::Lazy, 4), RunningRule::Keep, at(1)).unwrap();
    assert_eq!(rig.claim_one(at(2)).candidate.version, rig.version);
    assert_eq!(rig.running_versions(rig.sequence).unwrap(), [(1, 1)]);
}

fn moved_enrollments_go_on_with_the_new_version(rig: &Rig) {
    let lead = rig.lead(1);
    rig.enroll(lead, at(0));
    let longer = plan("welcome", Schedule::Lazy, 4);
    let applied = rig.apply_sequence(&longer, RunningRule::Move, at(1)).unwrap();
    assert_eq!(applied, Applied { number: 2, changed: true, moved: 1 });

    let newest = rig.sequence("welcome").unwrap().version.id;
    assert_eq!(rig.claim_one(at(2)).candidate.version, newest);
    assert_eq!(rig.enrollment_of(lead).version, 2);
}

fn a_move_does_not_need_a_change(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    let longer = plan("welcome", Schedule::Lazy, 4);
    rig.apply_sequence(&longer, RunningRule::Keep, at(1)).unwrap();
    let applied = rig.apply_sequence(&longer, RunningRule::Move, at(2)).unwrap();
    assert_eq!(applied, Applied { number: 2, changed: false, moved: 1 });
    assert_eq!(rig.running_versions(rig.sequence).unwrap(), [(2, 1)]);
}

fn a_message_names_the_version_that_it_was_sent_by(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.apply_sequence(&plan("welcome", Schedule::Lazy, 4), RunningRule::Move, at(1)).unwrap();
    rig.settle(&claim, sent(Then::Next(due(2, at(60)))), at(2));

    let first = claim.candidate.message;
    assert_eq!(rig.message(first).unwrap().version, 1);
    assert_eq!(rig.message(message(first.enrollment, 2)).unwrap().version, 2);
}

fn a_message_that_waits_again_follows_the_move(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.apply_sequence(&plan("welcome", Schedule::Lazy, 4), RunningRule::Move, at(1)).unwrap();
    rig.settle(&claim, again(at(60)), at(2));
    let newest = rig.sequence("welcome").unwrap().version.id;
    assert_eq!(rig.claim_one(at(60)).candidate.version, newest);
}

fn a_move_that_strands_somebody_is_refused(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    for impossible in [plan("welcome", Schedule::Lazy, 2), plan("welcome", Schedule::Upfront, 3)] {
        let refused = rig.apply_sequence(&impossible, RunningRule::Move, at(1));
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    assert_eq!(rig.sequence("welcome").unwrap().version.number, 1);
    assert_eq!(rig.running_versions(rig.sequence).unwrap(), [(1, 1)]);
}

fn a_move_looks_at_every_version_that_is_followed(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    let shorter = plan("welcome", Schedule::Lazy, 2);
    rig.apply_sequence(&shorter, RunningRule::Keep, at(1)).unwrap();
    let refused = rig.apply_sequence(&shorter, RunningRule::Move, at(2));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

fn a_move_to_as_many_steps_is_no_loss(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    let mut reworded = plan("welcome", Schedule::Lazy, 3);
    reworded.steps[0].texts = vec!["Other words".to_owned()];
    let applied = rig.apply_sequence(&reworded, RunningRule::Move, at(1)).unwrap();
    assert_eq!(applied, Applied { number: 2, changed: true, moved: 1 });
}

fn an_ended_enrollment_is_not_moved(rig: &Rig) {
    let lead = rig.lead(1);
    rig.enroll(lead, at(0));
    rig.unenroll(&[lead], None, EndReason::Unenrolled, at(1)).unwrap();
    let shorter = plan("welcome", Schedule::Lazy, 2);
    let applied = rig.apply_sequence(&shorter, RunningRule::Move, at(2)).unwrap();
    assert_eq!(applied, Applied { number: 2, changed: true, moved: 0 });
    assert_eq!(rig.enrollment_of(lead).version, 1);
}

fn a_version_that_nobody_follows_any_more_is_not_running(rig: &Rig) {
    let lead = rig.lead(1);
    rig.enroll(lead, at(0));
    rig.enroll(rig.lead(2), at(0));
    let longer = plan("welcome", Schedule::Lazy, 4);
    rig.apply_sequence(&longer, RunningRule::Keep, at(1)).unwrap();
    let newest = rig.sequence("welcome").unwrap().version.id;
    let new =
        NewEnrollment { lead: rig.lead(3), device: rig.device, messages: vec![due(1, at(0))] };
    rig.push(rig.sequence, newest, &[new], ReEnroll::Never, at(1)).unwrap();
    assert_eq!(rig.running_versions(rig.sequence).unwrap(), [(1, 2), (2, 1)]);

    rig.unenroll(&[lead, rig.lead(2)], None, EndReason::Unenrolled, at(2)).unwrap();
    assert_eq!(rig.running_versions(rig.sequence).unwrap(), [(2, 1)]);
}

fn a_paused_sequence_has_nothing_claimed(rig: &Rig) {
    let (other, version) = rig.another_sequence(&plan("other", Schedule::Lazy, 1));
    let waiting = rig.enroll(rig.lead(1), at(1));
    let new =
        NewEnrollment { lead: rig.lead(1), device: rig.device, messages: vec![due(1, at(2))] };
    rig.push(other, version, &[new], ReEnroll::Never, at(0)).unwrap();
    rig.set_sequence_state(rig.sequence, SequenceState::Paused).unwrap();

    assert_eq!(rig.claim_one(at(10)).candidate.sequence, other);
    assert!(rig.claim(at(11)).is_empty());
    assert_eq!(rig.state_of(message(waiting, 1)), MessageState::Pending);
}

fn a_resumed_sequence_goes_on_with_everything_that_waited(rig: &Rig) {
    let first = rig.enroll(rig.lead(1), at(1));
    let second = rig.enroll(rig.lead(2), at(2));
    let later = rig.enroll(rig.lead(3), at(30));
    rig.set_sequence_state(rig.sequence, SequenceState::Paused).unwrap();
    assert!(rig.claim(at(10)).is_empty());
    let while_paused = rig.enroll(rig.lead(4), at(0));
    assert!(rig.claim(at(10)).is_empty());
    rig.set_sequence_state(rig.sequence, SequenceState::Running).unwrap();

    let expected = [message(while_paused, 1), message(first, 1), message(second, 1)];
    assert_eq!(messages_of(&rig.claim(at(10))), expected);
    assert_eq!(messages_of(&rig.claim(at(30))), [message(later, 1)]);
}

fn a_message_of_a_paused_sequence_is_settled_and_waits(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.set_sequence_state(rig.sequence, SequenceState::Paused).unwrap();
    rig.settle(&claim, sent(Then::Next(due(2, at(5)))), at(1));
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Sent);
    assert!(rig.claim(at(10)).is_empty());

    rig.set_sequence_state(rig.sequence, SequenceState::Running).unwrap();
    let second = message(claim.candidate.message.enrollment, 2);
    assert_eq!(messages_of(&rig.claim(at(10))), [second]);
}

fn a_paused_message_can_be_cancelled_and_unenrolled(rig: &Rig) {
    let cancelled = rig.enroll(rig.lead(1), at(0));
    let unenrolled = rig.enroll(rig.lead(2), at(0));
    let suppressed = rig.enroll(rig.lead(3), at(0));
    rig.set_sequence_state(rig.sequence, SequenceState::Paused).unwrap();
    assert!(rig.claim(at(1)).is_empty());

    rig.cancel(message(cancelled, 1), Then::Stop(EndReason::Operator), at(2)).unwrap();
    rig.unenroll(&[rig.lead(2)], None, EndReason::Unenrolled, at(2)).unwrap();
    rig.suppress_number(3, at(2));
    rig.set_sequence_state(rig.sequence, SequenceState::Running).unwrap();
    assert!(rig.claim(at(3)).is_empty());
    for (enrollment, reason) in [
        (cancelled, EndReason::Operator),
        (unenrolled, EndReason::Unenrolled),
        (suppressed, EndReason::Suppressed),
    ] {
        let expected = (MessageState::Cancelled, Some(reason));
        assert_eq!(rig.end_of(message(enrollment, 1)), expected);
    }
}

fn staggers_follow_each_other(rig: &Rig) {
    let reserve = |from, seconds| {
        rig.reserve_stagger(rig.sequence, at(from), Duration::from_secs(seconds)).unwrap()
    };
    assert_eq!(reserve(100, 60), at(100));
    assert_eq!(reserve(110, 60), at(160), "the line is taken until then");
    assert_eq!(reserve(500, 10), at(500), "a gap is not filled");
    assert_eq!(reserve(0, 10), at(510));

    let (other, _) = rig.another_sequence(&plan("other", Schedule::Lazy, 1));
    assert_eq!(rig.reserve_stagger(other, at(0), Duration::ZERO).unwrap(), at(0));
}

fn a_campaign_is_triggered_once(rig: &Rig) {
    assert_eq!(rig.sequence("welcome").unwrap().triggered_at, None);
    rig.campaign_triggered(rig.sequence, at(5)).unwrap();
    rig.campaign_triggered(rig.sequence, at(9)).unwrap();
    assert_eq!(rig.sequence("welcome").unwrap().triggered_at, Some(at(5)));
}

super::laws![
    a_campaign_is_triggered_once,
    a_changed_plan_is_the_next_version_and_the_old_one_stays,
    a_message_names_the_version_that_it_was_sent_by,
    a_message_of_a_paused_sequence_is_settled_and_waits,
    a_message_that_waits_again_follows_the_move,
    a_move_does_not_need_a_change,
    a_move_looks_at_every_version_that_is_followed,
    a_move_that_strands_somebody_is_refused,
    a_move_to_as_many_steps_is_no_loss,
    a_paused_message_can_be_cancelled_and_unenrolled,
    a_paused_sequence_has_nothing_claimed,
    a_resumed_sequence_goes_on_with_everything_that_waited,
    a_sequence_of_another_name_is_missing,
    a_version_that_nobody_follows_any_more_is_not_running,
    an_ended_enrollment_is_not_moved,
    moved_enrollments_go_on_with_the_new_version,
    running_enrollments_keep_their_version,
    sequences_come_by_name,
    staggers_follow_each_other,
    the_same_plan_twice_is_one_version,
];
