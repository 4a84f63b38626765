//! What the gateways' own tests share: one parcel and a clock that stands still.

use super::Parcel;
use crate::clock::{Clock, Moment};
use crate::enrollment::EnrollmentId;
use crate::lead::{Address, Lead, LeadId};
use crate::message::{InstanceId, MessageId};
use crate::sequence::StepNumber;

/// 2026-11-21 14:00:00 UTC.
pub(crate) const NOW: Moment = Moment(1_795_269_600_000);

/// A clock that always says [`NOW`].
pub(crate) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Moment {
        NOW
    }
}

/// Message 4711-3, "Hi Aishah" to +60123456789.
pub(crate) fn parcel() -> Parcel {
    parcel_for(4711)
}

/// The same message of another enrollment.
pub(crate) fn parcel_for(enrollment: i64) -> Parcel {
    let message = MessageId { enrollment: EnrollmentId(enrollment), step: StepNumber(3) };
    let phone = Address::from_canonical("+60123456789");
    Parcel {
        message,
        key: InstanceId(7).key_of(message),
        device: "sim-001".into(),
        sender: "+60123456001".into(),
        to: phone.clone(),
        lead: Lead {
            region: Some("MY".into()),
            fields: [("first_name".to_owned(), "Aishah".to_owned())].into(),
            ..Lead::new(LeadId(1), phone)
        }
        .into(),
        text: "Hi Aishah".into(),
        media: None,
        sequence: "welcome".into(),
        attempt: 1,
    }
}

/// A client like the gateway's own.
pub(crate) fn client() -> reqwest::Client {
    install_crypto();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// What `main` does first; a second time changes nothing.
pub(crate) fn install_crypto() {
    let _already = rustls::crypto::ring::default_provider().install_default();
}
