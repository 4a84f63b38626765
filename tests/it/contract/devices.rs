//! Laws of devices, their pace and their holds.

use std::collections::HashSet;

use broadcaster::clock::Moment;
use broadcaster::device::{Device, Hold, HoldReason};
use broadcaster::message::MessageState;
use broadcaster::store::{
    ClockNote, DeviceChange, Error, Fate, Granted, OpenGate, Settlement, Settling, Then, Token,
};

use super::rig::{
    Rig, again, at, device_named, message, messages_of, next, sent, settlement, want,
};

fn applying_tells_what_changed(rig: &Rig) {
    let changed = Device { sender: "+60129999999".to_owned(), ..device_named("sim-1") };
    let files = [device_named("sim-1"), device_named("sim-2"), changed.clone()];
    let changes = rig.apply_devices(&files, at(1)).unwrap();
    assert_eq!(changes, [DeviceChange::Unchanged, DeviceChange::New, DeviceChange::Changed]);
    assert_eq!(rig.device("sim-1").unwrap().device, changed);

    let names: Vec<String> =
        rig.devices().unwrap().into_iter().map(|known| known.device.name).collect();
    assert_eq!(names, ["sim-1", "sim-2"]);
}

fn a_device_of_another_name_is_missing(rig: &Rig) {
    let missing = rig.device("nothing").unwrap_err();
    assert_eq!(missing, Error::Missing { kind: "device", name: "nothing".to_owned() });
}

fn applying_touches_neither_pace_nor_hold(rig: &Rig) {
    rig.claim_of(1, at(0));
    rig.hold(rig.device, Some(&held(HoldReason::Operator, None))).unwrap();
    let before = rig.device("sim-1").unwrap();

    let changed = Device { zone: Some("Asia/Tokyo".to_owned()), ..device_named("sim-1") };
    rig.apply_devices(&[changed], at(1)).unwrap();
    let after = rig.device("sim-1").unwrap();
    assert_eq!((after.pace, after.hold), (before.pace, before.hold));
    assert_eq!(after.id, before.id);
}

fn the_pace_of_the_last_claim_is_kept(rig: &Rig) {
    for number in 1..=3 {
        rig.enroll(rig.lead(number), at(0));
    }
    let asked = want(rig.device, 2);
    let Granted::Claims(claims) = rig.grant(asked.clone(), &OpenGate, at(1)) else {
        panic!("three are due")
    };
    assert_eq!(claims.len(), 2);
    assert_eq!(rig.device("sim-1").unwrap().pace, asked.paces[1]);

    rig.grant(asked.clone(), &OpenGate, at(2));
    assert_eq!(rig.device("sim-1").unwrap().pace, asked.paces[0], "one was left");
    rig.grant(want(rig.device, 9), &OpenGate, at(3));
    assert_eq!(rig.device("sim-1").unwrap().pace, asked.paces[0], "nothing was left");
}

fn a_clock_that_is_followed_takes_every_pace_with_it(rig: &Rig) {
    assert_eq!(rig.clock_note().unwrap(), None);
    rig.claim_of(1, at(0));
    let before = rig.device("sim-1").unwrap().pace;
    let noted = |booted_at| ClockNote { boot: "once".to_owned(), booted_at };
    rig.follow_clock(&noted(at(5)), 0).unwrap();
    assert_eq!(rig.device("sim-1").unwrap().pace, before);

    rig.follow_clock(&noted(at(4)), -1000).unwrap();
    assert_eq!(rig.device("sim-1").unwrap().pace, before.moved(-1000));
    assert_eq!(rig.clock_note().unwrap(), Some(noted(at(4))));
}

fn a_held_device_is_granted_nothing_until_its_hold_ends(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    let hold = held(HoldReason::CoolingDown, Some(at(10)));
    rig.hold(rig.device, Some(&hold)).unwrap();
    let ask = |now| rig.grant(want(rig.device, 1), &OpenGate, now);
    assert_eq!(ask(at(9)), Granted::Held(hold.clone()));
    assert!(matches!(ask(at(10)), Granted::Claims(_)));
    assert_eq!(rig.device("sim-1").unwrap().hold, Some(hold), "it is shown also when it has ended");
}

fn a_device_that_is_let_go_sends_again(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    rig.hold(rig.device, Some(&held(HoldReason::Operator, None))).unwrap();
    assert!(rig.claim(at(1)).is_empty());
    rig.hold(rig.device, None).unwrap();
    assert_eq!(rig.claim(at(1)).len(), 1);
}

fn a_disabled_device_is_granted_nothing(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    let disabled = Device { enabled: false, ..device_named("sim-1") };
    rig.apply_devices(&[disabled], at(0)).unwrap();
    assert_eq!(rig.grant(want(rig.device, 1), &OpenGate, at(1)), Granted::Disabled);
}

fn what_is_in_the_air_lands_on_a_disabled_device_too(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let first = claim.candidate.message;
    let enable = |enabled| Device { enabled, ..device_named("sim-1") };
    rig.apply_devices(&[enable(false)], at(1)).unwrap();
    assert_eq!(rig.state_of(first), MessageState::Processing);

    let settled = settlement(claim.token, sent(next(2, at(60))), at(2));
    let wants = [want(rig.device, 1)];
    let exchanged = rig.exchange(rig.epoch, &[settled], &wants, &OpenGate, at(2)).unwrap();
    assert_eq!(exchanged.settled, [Settling::Kept { next_due_at: Some(at(60)) }]);
    assert_eq!(exchanged.granted, [Granted::Disabled]);
    let row = rig.message(first).unwrap();
    assert_eq!((row.state, row.dispatched_at), (MessageState::Sent, Some(at(0))));
    let second = message(first.enrollment, 2);
    assert_eq!(rig.state_of(second), MessageState::Pending);
    assert_eq!(rig.grant(want(rig.device, 1), &OpenGate, at(60)), Granted::Disabled);

    rig.apply_devices(&[enable(true)], at(61)).unwrap();
    assert_eq!(messages_of(&rig.claim(at(61))), [second]);
}

fn what_a_dead_sender_left_on_a_disabled_device_is_found(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let disabled = Device { enabled: false, ..device_named("sim-1") };
    rig.apply_devices(&[disabled], at(1)).unwrap();
    let lost = rig.recover(rig.epoch, &HashSet::new(), at(2)).unwrap();
    assert_eq!(messages_of(&lost), [claim.candidate.message]);
    let unknown = Fate::Unknown { then: next(2, at(60)) };
    assert_eq!(rig.settle(&lost[0], unknown, at(2)), Settling::Kept { next_due_at: Some(at(60)) });
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Unknown);
    assert_eq!(rig.grant(want(rig.device, 1), &OpenGate, at(60)), Granted::Disabled);
}

fn trouble_of_a_try_holds_its_device_alone(rig: &Rig) {
    let other = rig.another_device("sim-2");
    let claim = rig.claim_of(1, at(0));
    let hold = held(HoldReason::CoolingDown, Some(at(60)));
    let troubled = settlement(claim.token, again(at(5)), at(1));
    rig.settle_with(Settlement { hold: Some(hold.clone()), ..troubled }, at(1));

    assert_eq!(rig.grant(want(rig.device, 1), &OpenGate, at(10)), Granted::Held(hold));
    assert_eq!(
        rig.grant(want(other, 1), &OpenGate, at(10)),
        Granted::Nothing { next_due_at: None }
    );
}

fn trouble_of_a_try_never_shortens_a_hold(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let by_operator = held(HoldReason::Operator, None);
    rig.hold(rig.device, Some(&by_operator)).unwrap();
    let shorter = Some(held(HoldReason::CoolingDown, Some(at(60))));
    let troubled = settlement(claim.token, again(at(5)), at(1));
    rig.settle_with(Settlement { hold: shorter, ..troubled }, at(1));
    assert_eq!(rig.device("sim-1").unwrap().hold, Some(by_operator));
}

fn a_rate_limit_ends_no_ban(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let banned = held(HoldReason::Blocked, None);
    rig.hold(rig.device, Some(&banned)).unwrap();
    let limited = Some(held(HoldReason::CoolingDown, Some(at(60))));
    let troubled = settlement(claim.token, again(at(5)), at(1));
    rig.settle_with(Settlement { hold: limited, ..troubled }, at(1));
    assert_eq!(rig.device("sim-1").unwrap().hold, Some(banned));
}

fn a_longer_trouble_replaces_a_shorter_one(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.hold(rig.device, Some(&held(HoldReason::CoolingDown, Some(at(60))))).unwrap();
    let longer = held(HoldReason::Blocked, None);
    let troubled = settlement(claim.token, again(at(5)), at(1));
    rig.settle_with(Settlement { hold: Some(longer.clone()), ..troubled }, at(1));
    assert_eq!(rig.device("sim-1").unwrap().hold, Some(longer));
}

fn a_stale_settlement_holds_nothing(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let stranger = settlement(Token(claim.token.0 + 1_000), sent(Then::Finish), at(1));
    let hold = Some(held(HoldReason::Blocked, None));
    assert_eq!(rig.settle_with(Settlement { hold, ..stranger }, at(1)), Settling::Stale);
    assert_eq!(rig.device("sim-1").unwrap().hold, None);
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Processing);
}

fn held(reason: HoldReason, until: Option<Moment>) -> Hold {
    Hold { reason, until, detail: "said the gateway".to_owned() }
}

super::laws![
    a_clock_that_is_followed_takes_every_pace_with_it,
    a_device_of_another_name_is_missing,
    a_device_that_is_let_go_sends_again,
    a_disabled_device_is_granted_nothing,
    a_held_device_is_granted_nothing_until_its_hold_ends,
    a_longer_trouble_replaces_a_shorter_one,
    a_rate_limit_ends_no_ban,
    a_stale_settlement_holds_nothing,
    applying_tells_what_changed,
    applying_touches_neither_pace_nor_hold,
    the_pace_of_the_last_claim_is_kept,
    trouble_of_a_try_holds_its_device_alone,
    trouble_of_a_try_never_shortens_a_hold,
    what_a_dead_sender_left_on_a_disabled_device_is_found,
    what_is_in_the_air_lands_on_a_disabled_device_too,
];
