//! What holds for any input at all.

use proptest::prelude::*;

use super::rig::Rig;
use crate::import::encoding::Text;
use crate::import::records::{Marks, Records};

/// Reads a text into records with our cutter.
fn cut(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    let marks = Marks { delimiter: b',', quote: Some(b'"') };
    let mut records = Records::new(Text::new(bytes, Some(encoding_rs::UTF_8)), marks);
    let mut record = csv::StringRecord::new();
    let mut all = Vec::new();
    while let Some(cut) = records.read(&mut record).expect("memory can be read") {
        assert_eq!(cut.fault, None);
        all.push((cut.place.line, record.iter().map(str::to_owned).collect()));
    }
    all
}

/// Cells, among them the signs that matter.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        "[a-z\",\n; ]{0,8}",
        "\\+6012[0-9]{7}",
        Just("\r\n".to_owned()),
        Just("Zoë".to_owned()),
    ]
}

/// Bytes that look like a lead list here and there.
fn almost_a_list() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"phone,name\n".to_vec()),
        Just(b"Record ID,Phone Number\r\n".to_vec()),
        Just(b"+60123456701,ana\n".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"sep=;\n".to_vec()),
        Just(b"\xFF\xFE".to_vec()),
        Just(b"\x1F\x8B\x08".to_vec()),
        Just(b",;\t|\r".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The rig asserts that every row is accounted for.
    #[test]
    fn no_input_panics_and_no_row_is_lost(bytes in almost_a_list()) {
        let _ = Rig::new().region("MY").try_file(bytes);
    }

    /// What the `csv` crate writes we read as it was, and say the line on which it begins.
    #[test]
    fn a_sound_list_is_read_as_it_was_written(rows in proptest::collection::vec(
        proptest::collection::vec(cell(), 2..5), 1..20,
    )) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut expected = Vec::new();
        let mut line = 1;
        for row in &rows {
            writer.write_record(row).unwrap();
            expected.push((line, row.clone()));
            line += 1 + row.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        }
        prop_assert_eq!(cut(&writer.into_inner().unwrap()), expected);
    }

    #[test]
    fn any_cell_survives_a_rejection(name in cell(), city in cell()) {
        prop_assume!(!name.contains('\0'));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["name", "city", "phone"]).unwrap();
        writer.write_record([name.as_str(), city.as_str(), "12"]).unwrap();
        let mut rig = Rig::new().region("MY");
        rig.file(writer.into_inner().unwrap());
        let rejects = rig.rejects.expect("one row is rejected");
        let rows = cut(rejects.trim_start_matches('\u{FEFF}').as_bytes());
        prop_assert_eq!(&rows[1].1[..3], [name, city, "12".to_owned()]);
    }

    #[test]
    fn a_canonical_phone_is_its_own_canonical_phone(text in "[0-9+ ().,E/x-]{0,18}") {
        use crate::import::{Region, canonical_phone};
        if let Ok(phone) = canonical_phone(&text, Region::from_code("MY")) {
            let again = canonical_phone(phone.address.as_str(), None).unwrap();
            prop_assert_eq!(again.address, phone.address);
        }
    }
}
