//! No request can be made of a message: because of its lead, or of any lead's.

use super::*;

/// What comes of a message when the request asks for this too. Nothing reaches the peer.
async fn unmade_by(source: &str, parcel: &Parcel) -> (Fault, String) {
    let peer = Peer::answering(ID).await;
    let mut rig = Rig::to_peer(&peer);
    rig.spec.request.headers = vec![("x-more".parse().unwrap(), Pattern::compile(source).unwrap())];
    let (gateway, _inbox) = rig.build();
    let outcome = gateway.send(parcel).await;
    assert_eq!(peer.requests().len(), 0, "{source}");
    assert_eq!(outcome.code(), OutcomeCode::Unbuildable, "{outcome:?}");
    assert_eq!(
        outcome.was_tried(),
        matches!(outcome, Outcome::Unmade { fault: Fault::Request, .. })
    );
    let Outcome::Unmade { fault, detail } = outcome else { panic!("{outcome:?}") };
    (fault, detail)
}

fn of_the_lead(lacks: &[&str]) -> Fault {
    Fault::Lead { lacks: lacks.iter().map(|field| (*field).to_owned()).collect() }
}

fn by_email() -> Parcel {
    Parcel { to: crate::lead::Address::from_canonical("aishah@example.org"), ..parcel() }
}

#[tokio::test]
async fn what_this_lead_lacks_is_named_with_what_would_help() {
    for (source, parcel, field) in [
        ("{{ lead.company }}", parcel(), "company"),
        ("{{ lead.company[2:] }}", parcel(), "company"),
        ("{{ lead.phone }}", by_email(), "phone"),
    ] {
        let (fault, detail) = unmade_by(source, &parcel).await;
        assert_eq!(fault, of_the_lead(&[field]), "{source}: {detail}");
        assert!(detail.contains(&format!("no `{field}`")), "{detail}");
        assert!(detail.contains(&format!("lead.{field} | default('')")), "{detail}");
    }
    let (fault, detail) = unmade_by("{{ lead.company }}", &by_email()).await;
    assert_eq!(fault, of_the_lead(&["company", "phone"]), "each value of the request may lack one");
    assert!(detail.contains("no `company` and no `phone`"), "{detail}");
}

#[tokio::test]
async fn the_digits_are_missing_with_the_phone_and_no_field_of_their_own() {
    let (fault, detail) = unmade_by("{{ lead.digits | int }}", &by_email()).await;
    assert_eq!(fault, of_the_lead(&["phone"]));
    assert!(detail.contains("no `digits`"), "{detail}");
}

#[tokio::test]
async fn a_field_with_a_default_is_not_lacking() {
    for source in [
        "{{ lead.nicck | default('') }} {{ lead.company }}",
        "{{ lead.nicck | default(lead.company) }}",
        "{% if lead.nicck is defined %}{{ lead.nicck }}{% else %}{{ lead.company }}{% endif %}",
    ] {
        assert_eq!(unmade_by(source, &parcel()).await.0, of_the_lead(&["company"]), "{source}");
    }
}

#[tokio::test]
async fn a_field_with_a_default_is_not_lacking_beside_one_that_is() {
    let source = "{{ lead.nmae ~ (lead.city | default('')) }}";
    assert_eq!(unmade_by(source, &parcel()).await.0, of_the_lead(&["nmae"]));
}

#[tokio::test]
async fn a_field_with_a_default_is_not_lacking_beside_an_odd_value() {
    let source = "{{ lead.nicck | default('') }} {{ lead.first_name | int }}";
    assert_eq!(unmade_by(source, &parcel()).await.0, of_the_lead(&[]));
}

#[tokio::test]
async fn all_that_one_value_of_the_request_lacks_is_named() {
    for source in [
        "{{ lead.company }} {{ lead.city }}",
        "{{ lead.company ~ lead.city }} {{ lead.nick | default('') }}",
    ] {
        let (fault, detail) = unmade_by(source, &parcel()).await;
        assert_eq!(fault, of_the_lead(&["city", "company"]), "{source}: {detail}");
    }
}

#[tokio::test]
async fn an_odd_value_is_its_leads_own_matter() {
    let parcel = Parcel { text: "two\nlines".into(), ..parcel() };
    let (fault, detail) = unmade_by("{{ text }}", &parcel).await;
    assert_eq!(fault, of_the_lead(&[]));
    assert!(detail.contains("can be made for other leads"), "{detail}");
}

#[tokio::test]
async fn what_no_lead_could_fill_is_no_leads_matter() {
    for source in [
        "{{ media.url }}",
        "{{ lead.phone }} {{ media.caption }}",
        "{{ attempt.no }}",
        "{{ lead.phone.nicck }}",
        "{{ lead.nick | default('') }} {{ media.url }}",
        "{{ lead.company }} {{ media.url }}",
        "{{ lead.company.name }}",
    ] {
        assert_eq!(unmade_by(source, &parcel()).await.0, Fault::Request, "{source}");
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
