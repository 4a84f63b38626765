//! One export of each known program.

use super::super::*;
use super::rig::{NOW, Rig, fixture};
use crate::lead::Address;

fn field<'a>(lead: &'a LeadRow, name: &str) -> &'a str {
    lead.fields.get(name).map_or("", String::as_str)
}

#[test]
fn hubspot() {
    let mut rig = Rig::new().region("MY");
    let report = rig.file(fixture("hubspot.csv"));
    assert_eq!((report.profile, report.dialect.as_str()), (Some("HubSpot"), "UTF-8, `,`, LF"));
    assert_eq!((report.counts.new, report.counts.rejected), (3, 1));
    assert_eq!(rig.rejected(), [(5, "Mobile Phone Number".to_owned(), "no_phone".to_owned())]);

    let aina = rig.lead("+60123456701");
    assert_eq!((aina.source.as_str(), aina.key.as_deref()), ("hubspot", Some("1001")));
    assert_eq!(aina.aliases, [Address::from_canonical("+60321234567")]);
    assert_eq!(aina.zone.as_deref(), Some("Asia/Kuala_Lumpur"));
    assert_eq!((field(&aina, "first_name"), field(&aina, "company")), ("Aina", "Kedai Rahman"));
    assert_eq!(field(&aina, "interests"), "sms;whatsapp");
    assert_eq!(rig.lead("+351912345602").zone.as_deref(), Some("Europe/Lisbon"));
    assert_eq!(rig.lead("+351912345602").email.unwrap().as_str(), "bruno@example.org");
    assert_eq!(rig.lead("+12015550103").zone.as_deref(), Some("US/Eastern"));
}

#[test]
fn salesforce() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("salesforce.csv"));
    assert_eq!(
        (report.profile, report.dialect.as_str()),
        (Some("Salesforce"), "windows-1252, `,`, CRLF")
    );
    assert_eq!((report.counts.new, report.counts.footers, report.counts.rejected), (2, 4, 0));
    assert_eq!(rig.rejects, None, "no file is made when nothing is rejected");

    let zoe = rig.lead("+351912345611");
    assert_eq!(
        zoe.key.as_deref(),
        Some("00Q0X00000AbCdE"),
        "18 characters are the same record as 15"
    );
    assert_eq!((field(&zoe, "first_name"), field(&zoe, "company")), ("Zoë", "Padaria Gonçalves"));
    assert_eq!(field(&zoe, "street_column"), "");
    assert_eq!(field(&zoe, "address"), "Rua Um\r\nPorta 2");
    assert_eq!(rig.lead("+12015550112").key.as_deref(), Some("00Q0X00000AbCdF"));
}

#[test]
fn google_contacts() {
    let mut rig = Rig::new().region("MY");
    let report = rig.file(fixture("google.csv"));
    assert_eq!(report.profile, Some("Google Contacts"));
    assert_eq!(report.dialect, "UTF-8 with a byte order mark, `,`, CRLF");
    assert_eq!((report.counts.new, report.counts.rejected), (2, 1));
    assert_eq!(rig.rejected(), [(5, "Phone 1 - Value".to_owned(), "no_phone".to_owned())]);

    let elif = rig.lead("+60123456721");
    let aliases: Vec<&str> = elif.aliases.iter().map(Address::as_str).collect();
    assert_eq!(aliases, ["+60321234521", "+60123456722"]);
    assert_eq!(elif.tags, ["myContacts", "Fair"]);
    assert_eq!(field(&elif, "notes"), "met at the fair\r\nwants a call");
    assert_eq!(field(&rig.lead("+60123456723"), "full_name"), "Farah");
}

#[test]
fn google_contacts_of_old() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("google-old.csv"));
    assert_eq!((report.profile, report.counts.new), (Some("Google Contacts (old)"), 1));
    let gita = rig.lead("+60123456731");
    assert_eq!(gita.tags, ["myContacts", "starred"]);
    assert_eq!((field(&gita, "full_name"), field(&gita, "company")), ("Gita Nair", "Nair Studio"));
}

#[test]
fn outlook() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("outlook.csv"));
    assert_eq!((report.profile, report.counts.new), (Some("Outlook"), 3));
    assert_eq!(rig.lead("joao@example.org").phone, None, "a fax is no phone");
    assert_eq!(report.notices.without_phone, 1);
    let hugo = rig.lead("+351912345641");
    assert_eq!(hugo.aliases, [Address::from_canonical("+351211234541")]);
    assert_eq!(hugo.tags, ["myContacts", "starred"]);
    assert_eq!(rig.lead("+351912345642").email.unwrap().as_str(), "ines@example.org");
}

#[test]
fn mailchimp() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("mailchimp.csv"));
    assert_eq!((report.profile, report.dialect.as_str()), (Some("Mailchimp"), "UTF-8, `,`, CR"));
    assert_eq!(report.counts.new, 3, "the country of each row tells how its phone is meant");
    let kim = rig.lead("+12015550151");
    assert_eq!(
        (kim.zone.as_deref(), kim.key.as_deref()),
        (Some("America/Los_Angeles"), Some("euid51"))
    );
    assert_eq!(kim.tags, ["VIP", "Blog, weekly"]);
    assert_eq!(field(&kim, "state"), "CA");
    assert_eq!(rig.lead("+60123456752").zone.as_deref(), Some("Etc/GMT-8"));
    assert_eq!(rig.lead("+351912345653").zone, None, "an offset that changes in summer is no zone");
}

#[test]
fn people_who_left_are_suppressed_and_never_leads() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("mailchimp-unsubscribed.csv"));
    assert_eq!((report.profile, report.counts.suppressed), (Some("Mailchimp unsubscribed"), 2));
    let report = rig.file(fixture("mailchimp-cleaned.csv"));
    assert_eq!((report.profile, report.counts.suppressed), (Some("Mailchimp cleaned"), 1));
    assert!(rig.addresses().is_empty());
    let suppressions = rig.store.suppressions.borrow();
    let told: Vec<(&str, &str, String)> = suppressions
        .iter()
        .map(|one| (one.address.as_str(), one.reason.as_str(), one.since_at.to_string()))
        .collect();
    let expected = [
        ("+12015550161", "unsubscribed", "2026-02-03T04:05:06.000Z"),
        ("nora@example.org", "unsubscribed", "2026-02-03T04:05:06.000Z"),
        ("omar@example.org", "unsubscribed", "2026-02-03T04:05:07.000Z"),
        ("pia@example.org", "bounced", "2026-02-03T04:05:06.000Z"),
    ];
    assert_eq!(told, expected.map(|(address, reason, since)| (address, reason, since.to_owned())));
}

#[test]
fn meta_lead_ads() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("meta.tsv"));
    assert_eq!(report.profile, Some("Meta Lead Ads"));
    assert_eq!(report.dialect, "UTF-16LE with a byte order mark, tab, CRLF");
    assert_eq!((report.counts.new, report.counts.rejected, report.counts.blank), (3, 1, 1));
    let reasons: Vec<(u64, String)> =
        rig.rejected().into_iter().map(|(line, _, code)| (line, code)).collect();
    assert_eq!(reasons, [(5, "test_lead".to_owned())]);
    assert_eq!(report.notices.without_phone, 1);
    let ravi = rig.lead("+60123456771");
    assert_eq!((ravi.source.as_str(), ravi.key.as_deref()), ("meta", Some("7001")));
    assert_eq!(field(&ravi, "what_is_your_budget"), "RM 500");
    assert_eq!(field(&rig.lead("+60123456772"), "full_name"), "Siti Çelik");
}

#[test]
fn shopify() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("shopify.csv"));
    assert_eq!((report.profile, report.counts.new), (Some("Shopify"), 3));
    assert_eq!(report.notices.opted_out, 1);
    let tara = rig.lead("+60123456781");
    assert_eq!((tara.key.as_deref(), field(&tara, "postal_code")), (Some("8001"), "50000"));
    assert_eq!(tara.tags, ["vip", "fair"]);
    assert_eq!(tara.opt_out, None, "what is said of e-mail does not count for a phone");
    assert_eq!(rig.lead("+60123456782").opt_out.as_deref(), Some("no_consent"));
    assert_eq!(rig.lead("+60123456783").opt_out, None, "one channel is allowed");
}

#[test]
fn woocommerce() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("woocommerce.csv"));
    assert_eq!((report.profile, report.counts.new), (Some("WooCommerce"), 2));
    let wan = rig.lead("+60123456791");
    assert_eq!((field(&wan, "full_name"), field(&wan, "state")), ("Wan Aziz", "Perak"));
    assert_eq!(field(&rig.lead("+351912345692"), "city"), "Porto");
}

#[test]
fn zoho() {
    let mut rig = Rig::new().region("MY");
    let report = rig.file(fixture("zoho.csv"));
    assert_eq!(report.profile, Some("Zoho CRM"));
    assert_eq!((report.counts.new, report.counts.converted), (2, 1));
    let yan = rig.lead("+60123456801");
    assert_eq!(
        (yan.key.as_deref(), yan.tags.as_slice()),
        (Some("9001"), &["fair".to_owned(), "vip".to_owned()][..])
    );
    assert_eq!(rig.lead("+60123456803").opt_out.as_deref(), Some("opted_out"));
}

#[test]
fn pipedrive() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("pipedrive.csv"));
    assert_eq!(report.profile, Some("Pipedrive"));
    assert_eq!((report.counts.new, report.counts.repeated), (2, 1), "one person with two deals");
    assert_eq!(report.notices.duplicate_in_file, 1);
    assert_eq!(report.repeated, [RowAt { row: 3, line: 3 }]);
    assert_eq!(
        field(&rig.lead("+351912345811"), "deal_title"),
        "First deal",
        "the first row counts"
    );
    let caio = rig.lead("+351912345812");
    assert_eq!(caio.aliases, [Address::from_canonical("+351912345813")]);
}

#[test]
fn klaviyo() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("klaviyo.csv"));
    assert_eq!((report.profile, report.counts.new), (Some("Klaviyo"), 2));
    assert_eq!(rig.lead("+60123456821").opt_out, None);
    assert_eq!(rig.lead("+60123456822").opt_out.as_deref(), Some("no_consent"));
}

#[test]
fn a_spreadsheet_with_titles_in_another_language() {
    let mut rig = Rig::new().region("PT").with(|plan| plan.tags.push("feira".to_owned()));
    let report = rig.file(fixture("spreadsheet.csv"));
    assert_eq!((report.profile, report.dialect.as_str()), (None, "windows-1252, `;`, CRLF"));
    assert_eq!((report.counts.new, report.counts.rows), (2, 2));
    let jose = rig.lead("+351912345831");
    assert_eq!((field(&jose, "full_name"), field(&jose, "city")), ("José Araújo", "Évora"));
    assert_eq!(jose.tags, ["feira"]);
    assert_eq!(jose.key, None);
}

#[test]
fn a_list_of_numbers_without_a_header() {
    let mut rig = Rig::new();
    let report = rig.file(fixture("numbers.csv"));
    assert_eq!((report.counts.new, report.counts.rejected), (3, 1));
    assert_eq!(rig.addresses(), ["+60123456841", "+60123456842", "+60123456843"]);
    assert_eq!(rig.rejected(), [(4, "column_1".to_owned(), "no_country".to_owned())]);
}

#[test]
fn a_stop_list_gives_addresses_and_no_leads() {
    let mut rig = Rig::new()
        .region("MY")
        .with(|plan| plan.rows = RowMeaning::Suppressions { reason: "opted_out".to_owned() });
    let report = rig.file(fixture("stop-list.csv"));
    assert_eq!((report.counts.suppressed, report.counts.rejected), (2, 1));
    let suppressions = rig.store.suppressions.borrow();
    let suppression = |address: &str, reason: &str| Suppression {
        address: Address::from_canonical(address),
        reason: reason.to_owned(),
        since_at: NOW,
    };
    assert_eq!(
        *suppressions,
        [suppression("+60123456851", "complained"), suppression("+60123456852", "opted_out")]
    );
    assert!(rig.addresses().is_empty());
}

#[test]
fn every_fixture_can_be_imported_twice_and_nothing_changes() {
    for name in [
        "hubspot.csv",
        "salesforce.csv",
        "google.csv",
        "google-old.csv",
        "outlook.csv",
        "mailchimp.csv",
        "meta.tsv",
        "shopify.csv",
        "woocommerce.csv",
        "zoho.csv",
        "klaviyo.csv",
    ] {
        let mut rig = Rig::new().region("MY");
        let first = rig.file(fixture(name));
        let again = rig.file(fixture(name));
        assert_eq!((again.counts.new, again.counts.updated), (0, 0), "{name}");
        assert_eq!(again.counts.unchanged, first.counts.new, "{name}");
    }
}
