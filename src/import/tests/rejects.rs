//! A large export with ten kinds of faults: right counts, true lines, mended and imported again.

use super::rig::Rig;

const ROWS: usize = 20_000;
const FAULT_EVERY: usize = 100;

/// What is wrong with a row, its code, and how an operator mends it in the file of rejected rows.
struct Kind {
    code: &'static str,
    spoil: fn(usize) -> String,
}

fn phone(n: usize) -> String {
    format!("012-{} {:04}", 300 + n / 10_000, n % 10_000)
}

fn row(n: usize, first_name: &str, phone: &str, zone: &str) -> String {
    format!("{n},{first_name},Lim,p{n}@example.org,{phone},New,2026-03-12 09:14,Zoë & Co,{zone}")
}

/// `PHONE` marks the place where mending puts the right number.
const KINDS: [Kind; 10] = [
    Kind {
        code: "no_phone",
        spoil: |n| row(n, "Ana", "", "").replace(&format!("p{n}@example.org"), ""),
    },
    Kind { code: "bad_phone", spoil: |n| row(n, "Ana", "12", "") },
    Kind { code: "excel_scientific", spoil: |n| row(n, "Ana", "6.01E+10", "") },
    Kind { code: "bad_phone", spoil: |n| row(n, "Ana", "call me", "") },
    Kind { code: "bad_phone", spoil: |n| row(n, "Ana", "+999123456789", "") },
    Kind { code: "bad_timezone", spoil: |n| row(n, "Ana", &phone(n), "Moon/Base") },
    Kind { code: "too_many_fields", spoil: |n| row(n, "Ana", &phone(n), "") + ",surplus" },
    Kind { code: "unclosed_quote", spoil: |n| row(n, "\"Ana", &phone(n), "") },
    Kind { code: "bad_encoding", spoil: |n| row(n, "An\u{1}", &phone(n), "") },
    Kind { code: "too_long", spoil: |n| row(n, &"A".repeat(70_000), &phone(n), "") },
];

/// The export, and the physical line and code of every fault in it.
fn export() -> (Vec<u8>, Vec<(u64, String)>) {
    let mut bytes =
        b"Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company,Time Zone\r\n"
            .to_vec();
    let mut faults = Vec::new();
    let mut line = 2;
    for n in 1..=ROWS {
        if n % 777 == 0 {
            bytes.extend_from_slice(b"\r\n");
            line += 1;
        }
        let text = if n % FAULT_EVERY == 0 {
            let kind = &KINDS[n / FAULT_EVERY % KINDS.len()];
            faults.push((line, kind.code.to_owned()));
            (kind.spoil)(n)
        } else if n % 33 == 0 {
            line += 1;
            row(n, "\"Ana\nMaria\"", &phone(n), "")
        } else {
            row(n, "Ana", &phone(n), "")
        };
        // A byte that UTF-8 does not have can't be written in a string.
        bytes.extend(text.bytes().map(|byte| if byte == 1 { 0xFF } else { byte }));
        bytes.extend_from_slice(b"\r\n");
        line += 1;
    }
    (bytes, faults)
}

/// Does what the operator does in a spreadsheet: every row as it should have been.
fn mend(rejects: &str) -> String {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(rejects.trim_start_matches('\u{FEFF}').as_bytes());
    let mut mended = csv::Writer::from_writer(Vec::new());
    let header = reader.headers().unwrap().clone();
    mended.write_record(&header).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let n: usize = record[0].parse().unwrap();
        let right = row(n, "Ana", &phone(n), "");
        let own = (9..header.len()).map(|column| record[column].to_owned());
        mended.write_record(right.split(',').map(str::to_owned).chain(own)).unwrap();
    }
    String::from_utf8(mended.into_inner().unwrap()).unwrap()
}

#[test]
fn ten_kinds_of_faults_are_counted_located_mended_and_imported_again() {
    let (bytes, faults) = export();
    let mut rig = Rig::new().region("MY");
    let report = rig.try_pipe(std::io::Cursor::new(bytes.clone())).unwrap();
    assert_eq!(report.profile, Some("HubSpot"));
    assert_eq!(report.dialect, "UTF-8, `,`, CRLF");
    assert_eq!((report.counts.rows, report.counts.rejected), (20_000, 200));
    assert_eq!(report.counts.new, 19_800);
    let located: Vec<(u64, String)> =
        rig.rejected().into_iter().map(|(line, _, code)| (line, code)).collect();
    assert_eq!(located, faults, "every fault is where the file has it");
    let why: Vec<(&str, u64)> =
        report.why.iter().map(|why| (why.code.as_str(), why.rows)).collect();
    assert_eq!(why[0], ("bad_phone", 60));
    assert!(why[1..].iter().all(|(_, rows)| *rows == 20), "{why:?}");

    let mended = mend(rig.rejects.as_ref().unwrap());
    let report = rig.file(mended);
    assert_eq!((report.counts.new, report.counts.rejected), (200, 0));
    assert_eq!(rig.rejects, None);
    assert_eq!(rig.addresses().len(), ROWS, "nothing is doubled and nothing is missing");

    let again = rig.file(bytes);
    assert_eq!((again.counts.new, again.counts.updated, again.counts.unchanged), (0, 0, 19_800));
}

#[test]
fn a_rejected_row_that_nobody_mended_is_rejected_again() {
    let (bytes, faults) = export();
    let mut rig = Rig::new().region("MY");
    rig.file(bytes);
    let report = rig.file(rig.rejects.clone().unwrap());
    // A quote that was never closed is plain text by now, and broken bytes were replaced.
    let passing = ["unclosed_quote", "bad_encoding"];
    let expected = faults.iter().filter(|(_, code)| !passing.contains(&code.as_str())).count();
    assert_eq!(report.counts.rejected as usize, expected);
}
