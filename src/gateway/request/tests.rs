use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::gateway::secrets::OpenSecrets;
use crate::gateway::testing::{client, parcel};
use crate::gateway::{Parcel, ParcelMedia};

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, Pattern)> {
    let compile =
        |(name, source): &(&str, &str)| ((*name).to_owned(), Pattern::compile(source).unwrap());
    pairs.iter().map(compile).collect()
}

fn request(url: &str) -> Request {
    Request {
        method: Method::POST,
        url: UrlPattern::compile(None, url).unwrap(),
        query: Vec::new(),
        headers: Vec::new(),
        basic: None,
        body: RequestBody::Empty,
    }
}

fn built(request: &Request, parcel: &Parcel) -> Result<reqwest::Request, String> {
    request.build(&client(), &Scope::of(parcel, &OpenSecrets::default()))
}

fn json_request(entries: &[(&str, &str)]) -> Request {
    let entry = |(name, pattern)| (name, JsonPattern::Filled(pattern));
    let object = fields(entries).into_iter().map(entry).collect();
    Request { body: RequestBody::Json(JsonPattern::Object(object)), ..request("http://localhost/") }
}

fn body_of(request: &reqwest::Request) -> &[u8] {
    request.body().and_then(reqwest::Body::as_bytes).unwrap()
}

#[test]
fn a_json_body_is_made_of_values() {
    let mut parcel = parcel();
    parcel.text = r#"", "to": "+1", "x": "{{ text }}"#.into();
    let request = json_request(&[
        ("to", "{{ lead.phone }}"),
        ("text", "{{ text }}"),
        ("try", "{{ attempt }}"),
    ]);
    let built = built(&request, &parcel).unwrap();
    let body: Json = serde_json::from_slice(body_of(&built)).unwrap();
    assert_eq!(body, json!({"to": "+60123456789", "text": parcel.text, "try": 1}));
    assert_eq!(built.headers()["content-type"], "application/json");
}

#[test]
fn an_entry_that_is_none_is_left_out_of_every_kind_of_body() {
    let entries = [("to", "{{ to }}"), ("media", "{{ media.url if media else none }}")];
    let as_json = built(&json_request(&entries), &parcel()).unwrap();
    assert_eq!(body_of(&as_json), br#"{"to":"+60123456789"}"#);
    let form =
        Request { body: RequestBody::Form(fields(&entries)), ..request("http://localhost/") };
    assert_eq!(body_of(&built(&form, &parcel()).unwrap()), b"to=%2B60123456789");
    assert!(form.takes_media() && !request("http://localhost/").takes_media());
}

#[test]
fn a_form_may_repeat_a_name_and_no_value_can_add_one() {
    let mut parcel = parcel();
    parcel.text = "hi&to=+1%26\r\n".into();
    let entries = [("MediaUrl", "a"), ("MediaUrl", "b"), ("Body", "{{ text }}")];
    let form =
        Request { body: RequestBody::Form(fields(&entries)), ..request("http://localhost/") };
    let request = built(&form, &parcel).unwrap();
    assert_eq!(body_of(&request), b"MediaUrl=a&MediaUrl=b&Body=hi%26to%3D%2B1%2526%0D%0A");
}

#[test]
fn a_value_in_the_path_stays_one_segment() {
    let mut parcel = parcel();
    let request = request("http://localhost:81/v1/{{ device.sender }}/send?via=x");
    for (sender, path) in [
        ("a/b", "/v1/a%2Fb/send"),
        ("../admin", "/v1/..%2Fadmin/send"),
        ("a?x=1#y", "/v1/a%3Fx%3D1%23y/send"),
        ("a b\r\nHost: evil", "/v1/a%20b%0D%0AHost%3A%20evil/send"),
        ("%2e%2e", "/v1/%252e%252e/send"),
        ("\\..\\", "/v1/%5C..%5C/send"),
    ] {
        parcel.sender = sender.into();
        let url = built(&request, &parcel).unwrap().url().clone();
        assert_eq!((url.path(), url.query(), url.port()), (path, Some("via=x"), Some(81)));
    }
}

#[test]
fn a_value_that_climbs_out_of_its_segment_is_refused() {
    let mut parcel = parcel();
    for sender in [".", ".."] {
        parcel.sender = sender.into();
        let error =
            built(&request("http://localhost/v1/{{ device.sender }}/send"), &parcel).unwrap_err();
        assert!(error.contains("path segment"), "{error}");
    }
}

#[test]
fn a_query_pair_is_encoded_and_joins_those_of_the_url() {
    let mut parcel = parcel();
    parcel.text = "a&to=+1 b#".into();
    let mut request = request("http://localhost/cgi?x=1");
    request.query = fields(&[("text", "{{ text }}"), ("to", "{{ lead.phone }}")]);
    let url = built(&request, &parcel).unwrap().url().clone();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let expected = [("x", "1"), ("text", "a&to=+1 b#"), ("to", "+60123456789")];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_header_refuses_line_ends_and_names_the_pattern_not_the_value() {
    let mut parcel = parcel();
    let mut request = request("http://localhost/");
    request.headers =
        vec![(header_name("X-Name").unwrap(), Pattern::compile("{{ lead.first_name }}").unwrap())];
    for name in ["a\r\nX-Evil: 1", "a\nb", "a\0b"] {
        std::sync::Arc::make_mut(&mut parcel.lead).fields.insert("first_name".into(), name.into());
        let error = built(&request, &parcel).unwrap_err();
        assert!(error.contains("{{ lead.first_name }}") && !error.contains("Evil"), "{error}");
    }
    std::sync::Arc::make_mut(&mut parcel.lead).fields.insert("first_name".into(), "Zoë".into());
    assert_eq!(built(&request, &parcel).unwrap().headers()["x-name"].as_bytes(), "Zoë".as_bytes());
}

#[test]
fn basic_credentials_are_encoded() {
    let mut request = request("http://localhost/");
    request.basic = Some((Pattern::compile("ops").unwrap(), Pattern::compile("p:w").unwrap()));
    assert_eq!(
        built(&request, &parcel()).unwrap().headers()["authorization"],
        "Basic b3BzOnA6dw=="
    );
}

#[test]
fn a_url_says_what_is_wrong_with_it_when_it_is_compiled() {
    for (url, why) in [
        ("localhost/send", "http://"),
        ("ftp://localhost/", "http://"),
        ("/send", "http://"),
        ("http://user:word@localhost/", "secrets"),
        ("http://{{ lead.phone }}.example.org/", "host"),
        ("http://local host/", "host"),
        ("http://localhost/{{ phone }}", "unknown name"),
    ] {
        let error = UrlPattern::compile(None, url).unwrap_err();
        assert!(error.contains(why), "{url}: {error}");
    }
    let joined = UrlPattern::compile(Some("http://localhost:3000/base/"), "/send").unwrap();
    assert_eq!(joined.0.source(), "http://localhost:3000/base/send");
    assert_eq!(joined.origin().as_deref(), Some("http://localhost:3000"));
    let phones = UrlPattern::compile(None, "http://{{ device.sender }}:8080/message").unwrap();
    assert_eq!(phones.origin(), None);
}

#[test]
fn the_length_of_the_body_is_not_a_header_to_set() {
    for name in ["Content-Length", "transfer-encoding", "a b", ""] {
        assert!(header_name(name).is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn whatever_a_lead_is_called_the_request_reads_back_to_the_same_fields(
        name in any::<String>(),
        text in "\\PC*[\"\\\\&=+%\r\n\0]*\\PC*",
    ) {
        let mut parcel = parcel();
        std::sync::Arc::make_mut(&mut parcel.lead).fields.insert("first_name".into(), name.clone());
        parcel.text = text.clone();
        parcel.media = Some(ParcelMedia { url: name.clone(), caption: text.clone() });
        let entries = [("name", "{{ lead.first_name }}"), ("text", "{{ text }}"), ("both", "{{ media.url }}|{{ media.caption }}")];
        let both = format!("{name}|{text}");
        let expected = [("name", name.as_str()), ("text", text.as_str()), ("both", both.as_str())];

        let as_json = built(&json_request(&entries), &parcel).unwrap();
        let body: Json = serde_json::from_slice(body_of(&as_json)).unwrap();
        for (field, value) in expected {
            prop_assert_eq!(&body[field], value);
        }

        let form = Request { body: RequestBody::Form(fields(&entries)), query: fields(&entries), ..request("http://localhost/{{ lead.first_name }}/{{ text }}") };
        // A name that is a single dot is refused, which its own test proves.
        let Ok(request) = built(&form, &parcel) else { return Ok(()) };
        let body = std::str::from_utf8(body_of(&request)).unwrap();
        let decoded = Url::parse(&format!("http://localhost/?{body}")).unwrap();
        for url in [&decoded, request.url()] {
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            prop_assert_eq!(&pairs[..], &expected[..]);
        }
        prop_assert_eq!(request.url().host_str(), Some("localhost"));
        prop_assert_eq!(request.url().path_segments().unwrap().count(), 2);
    }
}
