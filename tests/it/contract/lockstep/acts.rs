//! What may happen on a random day. Everything is named by its number in the world, so that an act
//! means the same in every backend.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use broadcaster::gateway::ReceiptKind;
use broadcaster::lead::{LeadRow, Place};
use broadcaster::store::{OnDuplicate, ReEnroll, Resolution};

use super::super::rig::{email, phone};

/// How many leads, devices and sequences a world begins with.
pub(super) const LEADS: usize = 6;
pub(super) const DEVICES: usize = 2;
pub(super) const SEQUENCES: usize = 2;

#[derive(Debug, Clone)]
pub(super) enum Act {
    Wait { seconds: i64 },
    Enroll { lead: usize, sequence: usize, device: usize, in_seconds: i64, again: ReEnroll },
    Exchange { settled: Vec<(usize, Ending)>, wants: Vec<Wish>, gate: Mood },
    Recover { held: Vec<usize> },
    Pause { sequence: usize },
    Resume { sequence: usize },
    Hold { device: usize, seconds: Option<i64> },
    LetGo { device: usize },
    Suppress { address: usize },
    Unsuppress { address: usize },
    Unenroll { lead: usize, sequence: Option<usize> },
    Erase { lead: usize },
    Receive { message: usize, kind: ReceiptKind },
    Resolve { message: usize, resolution: Resolution },
    Retry { message: usize },
    Cancel { message: usize },
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    Sent,
    Failed,
    FailedAndOn,
    Unrenderable,
    Unknown,
    UnknownAndPause,
    Again {
        holds_back_later: bool,
    },
    /// It may have been sent, and waits to be sent again.
    InDoubt,
    /// Nothing is tried again: what ends a message in doubt is the try before.
    DoubtOver {
        taken: bool,
    },
    Released {
        holds: bool,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) device: usize,
    pub(super) count: u32,
    /// What the device has dispatched in its day, and less of it in its hour.
    pub(super) of_day: u32,
    pub(super) of_hour: u32,
    /// Whether it had dispatched before that day.
    pub(super) is_old: bool,
    pub(super) recipients_cap: Option<u32>,
}

/// What the gate says of leads with an odd number; the others may be sent to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mood {
    Open,
    PutOff,
    End,
}

pub(super) fn any_act() -> impl Strategy<Value = Act> {
    let (lead, device, sequence) = (0..LEADS, 0..DEVICES, 0..SEQUENCES);
    let message = 0..24_usize;
    prop_oneof![
        4 => (0..120_i64).prop_map(|seconds| Act::Wait { seconds }),
        8 => (lead.clone(), sequence.clone(), device.clone(), 0..30_i64, any_again()).prop_map(
            |(lead, sequence, device, in_seconds, again)| {
                Act::Enroll { lead, sequence, device, in_seconds, again }
            }
        ),
        12 => (vec((0..12_usize, any_ending()), 0..4), vec(any_wish(), 0..3), any_mood())
            .prop_map(|(settled, wants, gate)| Act::Exchange { settled, wants, gate }),
        1 => vec(0..12_usize, 0..3).prop_map(|held| Act::Recover { held }),
        1 => sequence.clone().prop_map(|sequence| Act::Pause { sequence }),
        2 => sequence.clone().prop_map(|sequence| Act::Resume { sequence }),
        1 => (device.clone(), option::of(0..60_i64))
            .prop_map(|(device, seconds)| Act::Hold { device, seconds }),
        2 => device.prop_map(|device| Act::LetGo { device }),
        1 => (0..3 * LEADS).prop_map(|address| Act::Suppress { address }),
        1 => (0..3 * LEADS).prop_map(|address| Act::Unsuppress { address }),
        1 => (lead.clone(), option::of(sequence))
            .prop_map(|(lead, sequence)| Act::Unenroll { lead, sequence }),
        1 => lead.prop_map(|lead| Act::Erase { lead }),
        2 => (message.clone(), any_kind())
            .prop_map(|(message, kind)| Act::Receive { message, kind }),
        2 => (message.clone(), any_resolution())
            .prop_map(|(message, resolution)| Act::Resolve { message, resolution }),
        2 => message.clone().prop_map(|message| Act::Retry { message }),
        1 => message.prop_map(|message| Act::Cancel { message }),
    ]
}

/// A row of few keys, phones and fields, so that rows meet each other often.
pub(in crate::contract) fn any_row() -> impl Strategy<Value = LeadRow> {
    let name = select(&["ada", "bob"]);
    let address = prop_oneof![
        6 => (1..6_u32).prop_map(|number| (Some(phone(number)), None)),
        2 => (1..6_u32, name.clone()).prop_map(|(number, name)| (Some(phone(number)), Some(email(name)))),
        2 => name.prop_map(|name| (None, Some(email(name)))),
    ];
    let key = option::of(select(&["1", "2", "3"]));
    let source = select(&["crm", "shop"]);
    let aliases = vec((1..8_u32).prop_map(phone), 0..2);
    let field = option::of((select(&["city", "company"]), select(&["x", "y"])));
    let zone = option::of(select(&["Asia/Tokyo", "Europe/Lisbon"]));
    let assumed = option::of(select(&["Asia/Tokyo", "Asia/Dubai"]));
    let tags = vec(select(&["expo", "vip"]), 0..2);
    let opt_out = prop_oneof![9 => Just(None), 1 => Just(Some("opted_out".to_owned()))];
    (address, key, source, aliases, field, (zone, assumed), tags, opt_out).prop_map(
        |((phone, email), key, source, aliases, field, (zone, assumed), tags, opt_out)| LeadRow {
            phone,
            email,
            aliases,
            key: key.map(str::to_owned),
            source: source.to_owned(),
            zone: zone.map(str::to_owned),
            region: None,
            assumed: Place { zone: assumed.map(str::to_owned), region: None },
            device: None,
            fields: field
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            tags: tags.into_iter().map(str::to_owned).collect(),
            opt_out,
        },
    )
}

pub(super) fn any_rule() -> impl Strategy<Value = OnDuplicate> {
    select(&[
        OnDuplicate::Fill,
        OnDuplicate::Fill,
        OnDuplicate::Overwrite,
        OnDuplicate::Skip,
        OnDuplicate::Error,
    ])
}

fn any_again() -> impl Strategy<Value = ReEnroll> {
    select(&[ReEnroll::Never, ReEnroll::Finished])
}

fn any_ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        4 => Just(Ending::Sent),
        2 => Just(Ending::Failed),
        1 => Just(Ending::FailedAndOn),
        1 => Just(Ending::Unrenderable),
        1 => Just(Ending::Unknown),
        1 => Just(Ending::UnknownAndPause),
        2 => any::<bool>().prop_map(|holds_back_later| Ending::Again { holds_back_later }),
        2 => Just(Ending::InDoubt),
        1 => any::<bool>().prop_map(|taken| Ending::DoubtOver { taken }),
        2 => any::<bool>().prop_map(|holds| Ending::Released { holds }),
    ]
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let cap = prop_oneof![3 => Just(None), 1 => (1..3_u32).prop_map(Some)];
    let used = (0..3_u32, 0..2_u32, any::<bool>());
    (0..DEVICES, 1..4_u32, used, cap).prop_map(
        |(device, count, (of_day, of_hour, is_old), recipients_cap)| Wish {
            device,
            count,
            of_day,
            of_hour,
            is_old,
            recipients_cap,
        },
    )
}

fn any_mood() -> impl Strategy<Value = Mood> {
    prop_oneof![6 => Just(Mood::Open), 1 => Just(Mood::PutOff), 1 => Just(Mood::End)]
}

fn any_kind() -> impl Strategy<Value = ReceiptKind> {
    select(&[ReceiptKind::Accepted, ReceiptKind::Delivered, ReceiptKind::Read])
}

fn any_resolution() -> impl Strategy<Value = Resolution> {
    select(&[Resolution::Sent, Resolution::NotSent, Resolution::Resend])
}
