//! Shapes of files: line numbers, quotes, ragged rows, headers, flags.

use super::super::*;
use super::rig::{Rig, fixture};

fn lines(rig: &Rig) -> Vec<(u64, String)> {
    rig.rejected().into_iter().map(|(line, _, code)| (line, code)).collect()
}

fn coded(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|(line, code)| (*line, (*code).to_owned())).collect()
}

#[test]
fn line_numbers_are_true_whatever_ends_a_line() {
    let text = "name,phone\n\nana,+60123456701\nbo,12\n\n\n\"cy\nof two lines\",+60123456703\ndi,13\n\neve,";
    for end in ["\n", "\r\n", "\r"] {
        let mut rig = Rig::new().region("MY");
        let report = rig.file(text.replace('\n', end));
        assert_eq!(
            lines(&rig),
            coded(&[(4, "bad_phone"), (9, "bad_phone"), (11, "no_phone")]),
            "{end:?}"
        );
        assert_eq!((report.counts.rows, report.why[0].first_line), (5, 4));
        let expected = match end {
            "\n" => "LF",
            "\r\n" => "CRLF",
            _ => "CR",
        };
        assert!(report.dialect.ends_with(expected), "{}", report.dialect);
    }
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    let mut rig = Rig::new();
    rig.file("name,phone\n\n\"a\nb\",12\n\"c\",12\n");
    let text = rig.rejects.unwrap();
    assert_eq!(
        text,
        "\u{FEFF}name,phone,_row,_line,_column,_reason,_detail\n\
         \"a\nb\",12,3,3,phone,no_country,the phone has no country code; write it with + or give a region\n\
         c,12,4,5,phone,no_country,the phone has no country code; write it with + or give a region\n"
    );
}

#[test]
fn an_unclosed_quote_costs_its_own_line_only() {
    let mut rig = Rig::new();
    let many = (0..200).map(|n| format!("x{n},+601234{n:05}\n")).collect::<String>();
    let report = rig
        .file(format!("name,phone\nana,+60123456701\n\"bo,+60123456702\ncy,+60123456703\n{many}"));
    assert_eq!(lines(&rig), coded(&[(3, "unclosed_quote")]));
    assert_eq!(report.counts.rows, 203);
    assert!(rig.addresses().contains(&"+60123456703".to_owned()));
    assert!(
        rig.rejects.as_ref().unwrap().contains("\"\"\"bo\",+60123456702,3,3,name,unclosed_quote")
    );
}

#[test]
fn an_unclosed_quote_is_noticed_at_the_next_quoted_row_and_at_the_end() {
    let mut rig = Rig::new();
    rig.file("name,phone\n\"bo,+60123456702\n\"cy\",+60123456703\n\"di,+60123456704");
    assert_eq!(lines(&rig), coded(&[(2, "unclosed_quote"), (4, "unclosed_quote")]));
    assert_eq!(rig.addresses(), ["+60123456703"]);
}

#[test]
fn a_quote_within_a_quoted_name_is_part_of_it() {
    let mut rig = Rig::new();
    rig.file(
        "name,phone\n\"Bo \"the man\" Lim\",+60123456702\n\"Cy \"\"Q\"\" Ong\",+60123456703\n",
    );
    assert_eq!(rig.lead("+60123456702").fields["full_name"], "Bo \"the man\" Lim");
    assert_eq!(rig.lead("+60123456703").fields["full_name"], "Cy \"Q\" Ong");
}

#[test]
fn a_short_row_is_padded_and_a_long_one_rejected() {
    let mut rig = Rig::new();
    let report = rig.file(
        "name,phone,city,note\nana,+60123456701\nbo,+60123456702,KL,x,y\ncy,+60123456703,KL,,,\n",
    );
    assert_eq!((report.counts.new, report.notices.padded), (2, 1));
    assert_eq!(lines(&rig), coded(&[(3, "too_many_fields")]));
    let again = rig.rejects.clone().unwrap();
    rig.file(again.clone());
    assert_eq!(
        lines(&rig),
        coded(&[(2, "too_many_fields")]),
        "it stays rejected until it is mended"
    );
    let mended = again.replace("KL,x,", "KL,x y,").replace("expected 4\",y", "expected 4\"");
    assert_eq!(rig.file(mended).counts.new, 1);
    assert_eq!(rig.lead("+60123456702").fields["note"], "x y");
}

#[test]
fn broken_bytes_cost_their_own_row_only() {
    let mut rig = Rig::new();
    let mut bytes = "name,phone\nZoë Conceição,+60123456701\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"Ren\xE9,+60123456702\nA\0B,+60123456703\ncy,+60123456704\n");
    let report = rig.file(bytes);
    assert_eq!(report.counts.new, 2);
    assert_eq!(lines(&rig), coded(&[(3, "bad_encoding"), (4, "bad_encoding")]));
}

#[test]
fn a_header_only_or_empty_file_is_no_disaster() {
    let mut rig = Rig::new();
    assert_eq!(rig.file("name,phone\n").counts, Counts::default());
    assert_eq!(rig.file("name,phone").counts, Counts::default());
    assert!(matches!(rig.try_file(""), Err(ImportError::Empty)));
    assert!(matches!(rig.try_file("\n\n\n"), Err(ImportError::Empty)));
    assert!(rig.try_file(&[0x89, b'P', b'N', b'G', 0, 1, 2, 0xFF][..]).is_err());
}

#[test]
fn gzip_is_read_like_any_file() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &fixture("hubspot.csv")).unwrap();
    let mut rig = Rig::new().region("MY");
    assert_eq!(rig.file(encoder.finish().unwrap()).counts.new, 3);
}

#[test]
fn what_was_read_before_the_input_failed_is_kept() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let rows: String = (0..9_000).map(|n| format!("n{n},+6012{:07}\n", 3_000_000 + n)).collect();
    std::io::Write::write_all(&mut encoder, format!("name,phone\n{rows}").as_bytes()).unwrap();
    let mut bytes = encoder.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let mut rig = Rig::new();
    let error = rig.try_file(bytes.clone()).unwrap_err().to_string();
    assert!(error.contains("the gzip data ends too early"), "{error}");
    let line: usize = error["line ".len()..].split(':').next().unwrap().parse().unwrap();
    assert_eq!(rig.addresses().len(), line - 1);
}

#[test]
fn flags_win_over_what_is_found_out() {
    let mut rig = Rig::new().with(|plan| {
        plan.delimiter = Some(b'|');
        plan.quote = Some(b'\'');
        plan.encoding = Some("windows-1251".to_owned());
        plan.maps.push(("phone".to_owned(), "b".to_owned()));
    });
    let text = encoding_rs::WINDOWS_1251.encode("a|b\n'Анна | П'|+60123456701\n").0.into_owned();
    rig.file(text);
    assert_eq!(rig.lead("+60123456701").fields["a"], "Анна | П");
    let mut rig = Rig::new().with(|plan| plan.encoding = Some("klingon".to_owned()));
    assert!(matches!(rig.try_file("phone\n"), Err(ImportError::UnknownEncoding(_))));
}

#[test]
fn without_a_header_the_rejects_come_back_with_the_same_flags() {
    let mut rig = Rig::new().with(|plan| plan.header = HeaderLine::Absent);
    rig.file("ana,+60123456701\nbo,0123456702\n");
    let mended = rig.rejects.clone().unwrap().replace("0123456702", "+60123456702");
    let report = rig.file(mended);
    assert_eq!((report.counts.rows, report.counts.new), (1, 1));
    assert_eq!(rig.lead("+60123456702").fields["column_1"], "bo");
}

#[test]
fn an_email_is_the_address_of_a_row_without_a_phone() {
    let mut rig = Rig::new();
    let report = rig.file("name,email\nana,Ana@Example.org\nbo,bo@\ncy,\n");
    assert_eq!(rig.addresses(), ["ana@example.org"]);
    assert_eq!(lines(&rig), coded(&[(3, "bad_email"), (4, "no_email")]));
    assert_eq!(report.why.len(), 2);
    let report = rig.file("name,email,phone\nbo,bo@,+60123456701\n");
    assert_eq!((report.counts.new, report.notices.email_left_out), (1, 1));
    assert_eq!(rig.lead("+60123456701").email, None);

    let mut rig = Rig::new().region("MY");
    let report = rig.file(
        "name,phone,email\nana,,Ana@Example.org\nbo,12,bo@example.org\ncy,,\ndi,,di@\neve, - ,eve@example.org\n",
    );
    assert_eq!(rig.addresses(), ["ana@example.org", "eve@example.org"]);
    assert_eq!(report.notices.without_phone, 2);
    assert_eq!(lines(&rig), coded(&[(3, "bad_phone"), (4, "no_phone"), (5, "bad_email")]));
    assert!(rig.lead("ana@example.org").assumed.region.is_some(), "no phone tells where");
}

#[test]
fn a_country_that_nobody_knows_is_not_replaced_by_the_default() {
    let mut rig = Rig::new().region("MY");
    rig.file(
        "phone,country\n0123456701,Narnia\n+60123456702,Narnia\n912345603,Portugal\n0123456704,\n",
    );
    assert_eq!(rig.addresses(), ["+351912345603", "+60123456702", "+60123456704"]);
    assert_eq!(rig.rejected(), [(2, "country".to_owned(), "no_country".to_owned())]);
}

#[test]
fn a_time_zone_is_a_name_then_an_offset_then_the_phones_country() {
    let mut rig = Rig::new();
    rig.file(
        "phone,time zone\n+60123456701,Europe/Lisbon\n+60123456702,(GMT+07:00) Bangkok\n+60123456703,\n\
         +351912345604,\n+60123456705,half past nine\n+919824840910,+05:30\n",
    );
    let zone = |address| rig.lead(address).zone;
    assert_eq!(zone("+60123456701").as_deref(), Some("Europe/Lisbon"));
    assert_eq!(zone("+60123456702").as_deref(), Some("Etc/GMT-7"));
    assert_eq!(zone("+60123456703").as_deref(), Some("Asia/Kuala_Lumpur"));
    assert_eq!(zone("+351912345604"), None, "Portugal has two times");
    assert_eq!(
        zone("+919824840910").as_deref(),
        Some("Asia/Kolkata"),
        "half hours have no zone of their own"
    );
    assert_eq!(lines(&rig), coded(&[(6, "bad_timezone")]));
}

#[test]
fn only_mobiles_are_taken_when_asked() {
    let mut rig = Rig::new().with(|plan| plan.lines = LineChoice::MobileOnly);
    rig.file("phone\n+60123456701\n+60321234567\n+60321234567 / +60123456702\n");
    assert_eq!(rig.addresses(), ["+60123456701", "+60123456702"]);
    assert_eq!(lines(&rig), coded(&[(3, "not_mobile")]));
    let mut rig = Rig::new();
    assert_eq!(rig.file("phone\n+60321234567\n").notices.fixed_line, 1);
}

#[test]
fn the_retired_mexican_number_is_kept_as_an_alias() {
    let mut rig = Rig::new();
    let report = rig.file("phone\n+52 1 55 1234 5678\n");
    assert_eq!(report.notices.repaired, 1);
    assert_eq!(rig.lead("+525512345678").aliases[0].as_str(), "+5215512345678");
}

#[test]
fn devices_are_fixed_by_row_by_flag_or_by_spreading() {
    let text = "phone,device\n+60123456701,a\n+60123456702,\n+60123456703,b\n";
    let devices = |choice: DeviceChoice| {
        let mut rig = Rig::new().with(|plan| {
            plan.device = choice;
            plan.maps.push(("device".to_owned(), "device".to_owned()));
        });
        rig.file(text);
        rig.addresses().iter().map(|address| rig.lead(address).device).collect::<Vec<_>>()
    };
    let some = |name: &str| Some(name.to_owned());
    let names = || vec!["x".to_owned(), "y".to_owned()];
    assert_eq!(devices(DeviceChoice::FromRow), [some("a"), None, some("b")]);
    assert_eq!(devices(DeviceChoice::Fixed("z".to_owned())), [some("z"), some("z"), some("z")]);
    assert_eq!(devices(DeviceChoice::RoundRobin(names())), [some("x"), some("y"), some("x")]);
    assert_eq!(devices(DeviceChoice::Hash(names())), devices(DeviceChoice::Hash(names())));
}

#[test]
fn a_key_needs_a_source_that_it_belongs_to() {
    let mut rig = Rig::new();
    rig.file("id,phone\n7,+60123456701\n");
    assert_eq!(rig.lead("+60123456701").key, None);
    let mut rig = Rig::new().with(|plan| plan.source_name = Some("shop".to_owned()));
    rig.file("id,phone\n7,+60123456701\n8,+60123456702\n7,+60123456702\n");
    let lead = rig.lead("+60123456701");
    assert_eq!((lead.source.as_str(), lead.key.as_deref()), ("shop", Some("7")));
    assert_eq!(rig.rejected(), [(4, String::new(), "key_conflict".to_owned())]);
}

#[test]
fn a_dry_run_reads_everything_and_writes_nothing() {
    let mut rig = Rig::new().region("MY").with(|plan| plan.dry_run = true);
    let report = rig.file(fixture("hubspot.csv"));
    assert_eq!((report.counts.readable, report.counts.rejected, report.samples.len()), (3, 1, 3));
    assert!(
        report
            .mapping
            .contains(&Mapped { field: "first_name".to_owned(), header: "First Name".to_owned() })
    );
    assert!(rig.addresses().is_empty() && rig.rejects.is_some());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["why"][0]["code"], "no_phone");
    assert_eq!(json["samples"][0]["fields"]["first_name"], "Aina");
}

#[test]
fn duplicates_are_filled_skipped_or_rejected_as_asked() {
    let text = "phone,city\n+60123456701,KL\n+60123456701,Ipoh\n";
    let counts = |on_duplicate| {
        let mut rig = Rig::new().with(|plan| plan.on_duplicate = on_duplicate);
        let report = rig.file(text);
        (report.counts.new, report.counts.repeated, report.counts.skipped, lines(&rig))
    };
    assert_eq!(counts(OnDuplicate::Fill), (1, 1, 0, vec![]));
    assert_eq!(counts(OnDuplicate::Skip), (1, 0, 1, vec![]));
    assert_eq!(counts(OnDuplicate::Error), (1, 0, 0, coded(&[(3, "duplicate_in_file")])));
}

#[test]
fn several_phones_in_a_cell_are_told_from_one() {
    let mut rig = Rig::new();
    rig.file(
        "phone,country\n0171/1234567,DE\n012-345 6701/012-345 6702,MY\n\"03-2123 4567; 012-345 6703\",MY\n\
         \"60,123,456,704\",MY\n",
    );
    assert_eq!(rig.addresses(), ["+491711234567", "+60123456701", "+60123456703", "+60123456704"]);
    assert_eq!(rig.lead("+60123456701").aliases[0].as_str(), "+60123456702");
    assert_eq!(
        rig.lead("+60123456703").aliases[0].as_str(),
        "+60321234567",
        "a mobile comes first"
    );
}

#[test]
fn the_example_list_is_sound() {
    let mut rig = Rig::new();
    let report = rig.file(include_bytes!("../../../examples/leads.csv").to_vec());
    assert_eq!((report.counts.rejected, report.counts.new), (0, 40));
    let notices = Notices { opted_out: 1, ..Notices::default() };
    assert_eq!(report.notices, notices);
    let zones = rig.addresses().iter().filter(|address| rig.lead(address).zone.is_some()).count();
    assert_eq!(zones, 40, "everybody has a time zone");
}

#[test]
fn a_faulty_phone_in_a_stop_list_does_not_hold_up_the_email() {
    let mut rig = Rig::new()
        .with(|plan| plan.rows = RowMeaning::Suppressions { reason: "opted_out".to_owned() });
    let report = rig.file("phone,email\n12,ana@example.org\n,bo@example.org\n");
    assert_eq!((report.counts.suppressed, report.counts.rejected), (1, 1));
    assert_eq!(rig.store.suppressions.borrow().len(), 2);
    assert_eq!(lines(&rig), coded(&[(2, "no_country")]));
}

#[test]
fn fields_are_stored_in_the_order_of_their_names() {
    let mut rig = Rig::new();
    rig.file("zeta,phone,city,alpha\n1,+60123456701,Ipoh,2\n,+60123456702,,\n");
    let text = |phone| String::from_utf8(rig.lead(phone).fields.text().into_owned()).unwrap();
    assert_eq!(text("+60123456701"), r#"{"alpha":"2","city":"Ipoh","zeta":"1"}"#);
    assert_eq!(text("+60123456702"), "{}");
}
