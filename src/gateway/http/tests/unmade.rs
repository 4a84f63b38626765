//! No request can be made of a message: because of its lead, or of any lead's.

use super::*;

/// What comes of a message when the request asks for this too. Nothing reaches the peer.
async fn unmade_by(source: &str, parcel: &Parcel) -> (NotSentCause, String) {
    let peer = Peer::answering(ID).await;
    let mut rig = Rig::to_peer(&peer);
    rig.spec.request.headers = vec![("x-more".parse().unwrap(), Pattern::compile(source).unwrap())];
    let (gateway, _inbox) = rig.build();
    let outcome = gateway.send(parcel).await;
    assert_eq!(peer.requests().len(), 0, "{source}");
    assert!(!outcome.was_tried() && outcome.code() == OutcomeCode::Unbuildable, "{outcome:?}");
    let Outcome::NotSent { cause, detail, .. } = outcome else { panic!("{outcome:?}") };
    (cause, detail)
}

#[tokio::test]
async fn what_this_lead_lacks_is_named_with_what_would_help() {
    let mut by_email = parcel();
    by_email.to = crate::lead::Address::from_canonical("aishah@example.org");
    for (source, parcel, field) in [
        ("{{ lead.company }}", parcel(), "company"),
        ("{{ lead.phone }}", by_email.clone(), "phone"),
        ("{{ lead.digits | int }}", by_email, "digits"),
    ] {
        let (cause, detail) = unmade_by(source, &parcel).await;
        assert_eq!(cause, NotSentCause::UnmadeForLead, "{source}: {detail}");
        assert!(detail.contains(&format!("no `{field}`")), "{detail}");
        assert!(detail.contains(&format!("lead.{field} | default('')")), "{detail}");
    }
}

#[tokio::test]
async fn an_odd_value_is_its_leads_own_matter() {
    let mut parcel = parcel();
    parcel.text = "two\nlines".into();
    let (cause, detail) = unmade_by("{{ text }}", &parcel).await;
    assert_eq!(cause, NotSentCause::UnmadeForLead);
    assert!(detail.contains("can be made for other leads"), "{detail}");
}

#[tokio::test]
async fn what_no_lead_could_fill_is_no_leads_matter() {
    for source in ["{{ media.url }}", "{{ lead.phone }} {{ media.caption }}", "{{ attempt.no }}"] {
        assert_eq!(unmade_by(source, &parcel()).await.0, NotSentCause::Unmade, "{source}");
    }
}

#[tokio::test]
async fn a_default_makes_the_request_for_who_lacks_the_field() {
    let peer = Peer::answering(ID).await;
    let mut rig = Rig::to_peer(&peer);
    let source = "{{ lead.company | default('') }}";
    rig.spec.request.headers = vec![("x-more".parse().unwrap(), Pattern::compile(source).unwrap())];
    let (gateway, _inbox) = rig.build();
    assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Sent);
}
