//! `import`: whose a row is, by its e-mail address and by the rows before it, and that a dry run knows it too.

use crate::shop::Shop;

#[test]
fn a_row_without_a_phone_is_taken_by_its_email() {
    let shop = Shop::new();
    shop.write("first.csv", "Name,Phone,Email\nAna,+60123456001,ana@example.org\n");
    shop.write(
        "second.csv",
        "Name,Phone,Email,City\nAna,,ana@example.org,Ipoh\nBo,,bo@example.org,Ipoh\nCy,12,cy@example.org,\nDi,,,\n",
    );
    shop.done("import first.csv");
    for words in ["import second.csv --dry-run", "import second.csv"] {
        let report = shop.json(&format!("{words} --max-rejects 2"));
        let counts = &report["counts"];
        let told = ["new", "updated", "rejected"].map(|name| counts[name].as_u64());
        assert_eq!(told, [Some(1), Some(1), Some(2)], "{words}");
        assert_eq!(report["notices"]["without_phone"], 2, "{words}");
    }
    let rejected = shop.read("second.rejected.csv");
    assert!(rejected.contains("Cy,12,") && rejected.contains(",no_phone,"), "{rejected}");
    let ana = shop.json("leads show ana@example.org --show-pii");
    assert_eq!((&ana["address"], &ana["fields"]["city"]), (&"+60123456001".into(), &"Ipoh".into()));
    let bo = shop.json("leads show bo@example.org --show-pii");
    assert_eq!(bo["address"], "bo@example.org");
}

/// A list of more rows than the first batch takes, with these in its first and its last one.
fn parted(first: &str, last: &str) -> String {
    let between: String = (0..3_000).map(|number| format!("01234{number:05},,\n")).collect();
    format!("Phone,Name,Email\n{first}{between}{last}")
}

#[test]
fn rows_in_several_batches_are_counted_alike_in_a_dry_run() {
    for (first, last, told) in [
        (",Ana,ana@example.org\n", ",Ana,ana@example.org\n", ["3001", "0", "1", "0"]),
        ("+60123456001,Ana,ana@example.org\n", ",Ana,ana@example.org\n", ["3001", "0", "1", "0"]),
        (",Ana,ana@example.org\n", "+60123456001,Ana,ana@example.org\n", ["3001", "1", "0", "0"]),
        (
            "+60123456001,Ana,us@example.org\n+60123456002,Bo,us@example.org\n",
            ",,us@example.org\n",
            ["3002", "0", "0", "1"],
        ),
    ] {
        let shop = Shop::new();
        shop.write("list.csv", &parted(first, last));
        for words in ["import list.csv --dry-run", "import list.csv"] {
            let counts = &shop.json(&format!("{words} --max-rejects 1"))["counts"];
            let names = ["new", "updated", "repeated", "rejected"];
            assert_eq!(names.map(|name| counts[name].to_string()), told, "{words}: {first}{last}");
        }
    }
}

#[test]
fn a_lead_that_a_list_names_twice_is_what_its_first_row_says() {
    let shop = Shop::new();
    shop.write("list.csv", &parted("+60123456001,Ana,\n", "+60123456001,Anna,ana@example.org\n"));
    let counts = |words: &str| {
        let counts = &shop.json(words)["counts"];
        ["new", "updated", "unchanged", "repeated"].map(|name| counts[name].as_u64().unwrap())
    };
    assert_eq!(counts("import list.csv"), [3_001, 1, 0, 0]);
    for words in ["import list.csv", "import list.csv --dry-run", "import list.csv"] {
        assert_eq!(counts(words), [0, 0, 3_001, 1], "{words}");
    }
    let known = shop.json("leads show +60123456001 --show-pii").to_string();
    assert!(known.contains("\"Ana\"") && known.contains("ana@example.org"), "{known}");
    assert!(shop.done("import list.csv").contains("the first row of a lead counts"));
}
