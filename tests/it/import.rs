//! `import`, `leads` and `suppress`.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::shop::{LEADS, Shop, without_time};

#[test]
fn an_import_says_what_became_of_every_row() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    let ended = shop.run("import leads.csv");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), ""));
    assert_snapshot!(without_time(&ended.stdout), @"
    Imported leads.csv: 2 of 3 rows

      new        2
      rejected   1   written to leads.rejected.csv

    Noticed   opted out 1

      Why rejected                 Rows  First line
      phone is not a valid number     1           4

    Next: mend leads.rejected.csv and import it again, or
          broadcaster sequence apply FILE, then broadcaster enroll
    ");
}

#[test]
fn rejected_rows_can_be_mended_and_imported_again() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    shop.done("import leads.csv --max-rejects 1");
    let rejected = shop.read("leads.rejected.csv");
    assert!(rejected.contains("Chen,12,Penang"), "{rejected}");
    shop.write("leads.rejected.csv", &rejected.replace("Chen,12,", "Chen,012-345 6003,"));
    let mended = shop.json("import leads.rejected.csv");
    assert_eq!((&mended["counts"]["new"], &mended["counts"]["rejected"]), (&1.into(), &0.into()));
    let again = shop.json("import leads.csv --max-rejects 50%");
    assert_eq!(again["counts"]["unchanged"], 2);
}

#[test]
fn rejected_rows_that_replace_earlier_ones_say_so() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    let first = shop.run("import leads.csv --max-rejects 1");
    assert!(first.stdout.contains("written to leads.rejected.csv\n"), "{}", first.stdout);
    let second = shop.run("import leads.csv --max-rejects 1");
    let said = second.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("leads.rejected.csv, which replaced the one before"), "{said}");
    assert_eq!(shop.json("import leads.csv --max-rejects 1 -n")["replaced_rejects"], false);
}

#[test]
fn max_rejects_raises_the_bar() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    for (allowed, code) in [("0", 3), ("1", 0), ("33%", 3), ("34%", 0)] {
        let ended = shop.run(&format!("import leads.csv --max-rejects {allowed}"));
        assert_eq!(ended.code, Some(code), "{allowed}");
    }
}

#[test]
fn a_rehearsed_import_counts_and_keeps_nothing() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    let ended = shop.run("import leads.csv -n --json");
    assert_eq!(ended.code, Some(3));
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["counts"]["new"], 2);
    assert_eq!(report["dry_run"], true);
    assert!(!shop.path("leads.rejected.csv").exists());
    assert_eq!(shop.json("leads list")["total"], 0);
    assert_eq!(shop.json("suppress list")["shown"], 0);
}

#[test]
fn a_pipe_is_read_and_its_rejects_have_a_name() {
    let shop = Shop::new();
    let ended = shop.feed("import - --source-name crm", LEADS);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("Imported standard input: 2 of 3 rows"), "{}", ended.stdout);
    assert!(shop.read("stdin.rejected.csv").contains("Chen"));
    shop.feed("import --rejects mine.csv -q", LEADS);
    assert!(shop.read("mine.csv").contains("Chen"));
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    let well = shop.run("import leads.csv -q --max-rejects 1");
    assert_eq!((well.code, well.stdout.as_str(), well.stderr.as_str()), (Some(0), "", ""));
    let partly = shop.run("import leads.csv -q");
    assert_eq!((partly.code, partly.stdout.as_str()), (Some(3), ""));
    assert_snapshot!(partly.stderr, @"warning: leads.csv: 1 of 3 rows were rejected, see leads.rejected.csv");
}

#[test]
fn addresses_are_masked_unless_asked_for() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    for words in [
        "import leads.csv -n --json --max-rejects 1",
        "import leads.csv --json --max-rejects 1",
        "leads list --json",
        "leads list",
        "leads show +60123456001",
        "suppress list",
    ] {
        assert!(!shop.done(words).contains("+60123456"), "{words}");
    }
    assert!(shop.done("leads list --show-pii").contains("+60123456001"));
}

#[test]
fn what_stands_in_the_way_of_an_import_is_said() {
    let shop = Shop::new();
    shop.write("leads.csv", LEADS);
    shop.write("names.csv", "Name,City\nAina,Ipoh\n");
    shop.refused("import none.csv", 10, "could not open none.csv");
    shop.refused("import names.csv", 2, "--map");
    shop.refused("import leads.csv --map phone=Mobil", 2, "there is no column `Mobil`");
    shop.refused("import leads.csv --device sim-9", 10, "there is no device `sim-9`");
    shop.refused("import leads.csv --spread hash", 10, "no enabled device");
    shop.refused("import leads.csv --rejects leads.csv", 2, "can't replace");
    shop.refused("import leads.csv --region Mars", 2, "`Mars` is not a country");
    shop.refused("import leads.csv --db none.db", 10, "there is no database");
    assert_eq!(shop.read("leads.csv"), LEADS);
    assert_eq!(shop.json("leads list")["total"], 0);
}

#[test]
fn what_no_column_of_addresses_is_like_is_said() {
    let shop = Shop::new();
    let noise: Vec<u8> =
        (1..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, bytes, code, said) in [
        ("noise.csv", &noise[..], 1, "noise.csv: it is no text; export the list as CSV"),
        ("list.json", b"[{\"phone\":\"+60123456789\"}]", 1, "it looks like JSON"),
        ("page.csv", b"<html><body>x</body></html>", 1, "it looks like a web page"),
        ("empty.csv", b"", 1, "the file is empty"),
        ("blank.csv", b"\n\n\n", 1, "the file is empty"),
        ("one.csv", b"x\n1\n2\n", 2, "nor do the first rows look like any"),
        ("mail.csv", b"x,y\n1,bo@example.org\n", 2, "name it with --map 'email=y'"),
    ] {
        std::fs::write(shop.path(name), bytes).unwrap();
        shop.refused(&format!("import {name}"), code, said);
        assert!(shop.run(&format!("import {name}")).stderr.len() < 300, "{name}");
        shop.refused(&format!("suppress import {name}"), code, said);
    }
}

#[test]
fn a_slip_in_a_map_makes_no_field() {
    let shop = Shop::new();
    shop.write("a.csv", "Name,Phone,Email\nAna,+60123456001,ana@example.org\n");
    shop.refused("import a.csv --map phon=Phone", 2, "did you mean --map 'phone=Phone'?");
    assert_eq!(shop.json("leads list")["total"], 0);
    let meant = shop.json("import a.csv --map phon=Phone --map phone=");
    assert_eq!(meant["samples"][0]["fields"]["phon"], "+60123456001");
}

#[test]
fn addresses_that_were_suppressed_before_are_told_apart() {
    let shop = Shop::new();
    shop.write("stop.csv", "Phone\n+60123456001\n+60123456002\n+60123456002\n");
    shop.done("suppress add +60123456001");
    for words in ["suppress import stop.csv --dry-run", "suppress import stop.csv"] {
        let report = shop.json(words);
        assert_eq!(report["suppressed_addresses"]["new"], 1, "{words}");
        assert_eq!(report["suppressed_addresses"]["already"], 2, "{words}");
    }
    assert_snapshot!(without_time(&shop.done("suppress import stop.csv")), @"
    Suppressed the addresses of stop.csv: 3 of 3 rows

      suppressed   3   0 new addresses, 3 already suppressed

    Next: broadcaster suppress list
    ");
}

#[test]
fn a_masked_lead_shows_that_it_has_an_email() {
    let shop = Shop::new();
    shop.write("a.csv", "Phone,Email\n+60123456001,ana@example.org\n");
    shop.done("import a.csv");
    let shown = shop.done("leads show +60123456001");
    assert!(shown.contains("a…@example.org"), "{shown}");
    assert_eq!(shop.json("leads list")["leads"][0]["email"], "a…@example.org");
    assert_eq!(shop.json("leads list --show-pii")["leads"][0]["email"], "ana@example.org");
}

#[test]
fn a_lead_that_is_not_there_comes_with_advice_that_fits() {
    let shop = Shop::new();
    for (name, said) in [
        ("nobody", "a lead is named by its phone, its e-mail address or its key"),
        ("bo@example.org", "a lead is named by"),
        ("0123456789", "a lead is named by"),
    ] {
        shop.refused(&format!("sequence preview welcome.toml --lead {name}"), 10, said);
        shop.refused(&format!("leads show {name}"), 10, said);
    }
}

#[test]
fn a_file_that_is_no_list_is_called_by_its_name() {
    let shop = Shop::new();
    for (name, bytes, said) in [
        ("a.pdf", &b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n"[..], "a.pdf: it is a PDF; export"),
        ("a.csv", &[0; 8_192], "a.csv: it begins with zero bytes"),
        ("a.xlsx", b"PK\x03\x04\x14\0\x06\0", "a.xlsx: it is a zip or a spreadsheet; unpack it"),
        ("a.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a.xls: it is a spreadsheet of an old kind"),
    ] {
        std::fs::write(shop.path(name), bytes).unwrap();
        shop.refused(&format!("import {name}"), 1, said);
        assert_eq!(shop.run(&format!("import {name}")).stderr.lines().count(), 1);
        shop.refused(&format!("suppress import {name}"), 1, said);
    }
    shop.refused("import broadcaster.db", 1, "it is an SQLite database");
    assert_eq!(shop.json("leads list")["total"], 0);
}

#[test]
fn a_second_column_for_a_field_is_told_with_both_names() {
    let shop = Shop::new();
    shop.write("two.csv", "Phone,E-mail,Email address\n012-345 6001,a@example.org,b@example.org\n");
    let ended = shop.run("import two.csv");
    assert_eq!(ended.code, Some(0));
    assert_snapshot!(ended.stderr, @"warning: two.csv: the columns `E-mail` and `Email address` both mean email; the first gives it, the other is kept as email_address; --map 'email=Email address' chooses it instead");
    let again = shop.run("import two.csv --map email=E-mail --json");
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""));
    let shown = shop.json("leads show +60123456001 --show-pii");
    assert!(shown.to_string().contains("b@example.org"), "{shown}");
}

#[test]
fn an_interrupted_import_keeps_what_it_read_and_says_how_to_go_on() {
    let shop = Shop::new();
    let mut running = std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
        .current_dir(shop.path(""))
        .args(["import", "-"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
    // More than any buffer on the way holds, so that the program is listening by the end of it.
    let (mut row, note) = (0, "x".repeat(1_000));
    let mut list = "Phone,Note\n".to_owned();
    let mut rows = |count: u32| -> String {
        let numbered = row..row + count;
        let numbered: String =
            numbered.map(|number| format!("01234{number:05},{note}\n")).collect();
        row += count;
        list.push_str(&numbered);
        numbered
    };
    input.write_all(format!("Phone,Note\n{}", rows(5_000)).as_bytes()).unwrap();
    let pid = rustix::process::Pid::from_child(&running);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert!(said.next().unwrap().unwrap().starts_with("stopping after this batch"));
    // The end of the reading may leave nobody to write to.
    let _ = input.write_all(rows(2_000).as_bytes());
    drop(input);
    let rest: Vec<String> = said.map(Result::unwrap).collect();
    assert_eq!(running.wait().unwrap().code(), Some(1));
    assert!(rest.join("\n").contains("run it again to finish"), "{rest:?}");
    let kept = shop.json("leads list --limit 1")["total"].as_u64().unwrap();
    assert!(kept > 0);
    // Whole batches were kept, so that each lead of them is found as the same list would make it.
    let again = shop.feed("import - --json", &list);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    let counts = &again["counts"];
    assert_eq!((&counts["unchanged"], &counts["new"]), (&kept.into(), &(7_000 - kept).into()));
    assert_eq!(shop.json("leads list --limit 1")["total"], 7_000);
    shop.done("check --full");
}

#[test]
fn leads_are_listed_by_tag_and_field() {
    let shop = Shop::stocked();
    assert_snapshot!(shop.done("leads list"), @"
    Address  First name  Zone               Tags  Other fields
    +60…001  Aina        Asia/Kuala_Lumpur  expo  city=Ipoh
    +60…002  Budi        Asia/Kuala_Lumpur  expo  city=Ipoh
    ");
    assert_eq!(shop.json("leads list --tag expo --where city=Ipoh")["shown"], 2);
    assert_eq!(shop.json("leads list --tag vip")["shown"], 0);
    assert!(shop.done("leads list --limit 1").contains("shown 1 of 2"));
    shop.refused("leads list --where citty=Ipoh", 2, "did you mean `city`?");
}

#[test]
fn a_lead_is_shown_by_any_spelling_of_its_phone() {
    let shop = Shop::stocked();
    shop.done("enroll --sequence welcome");
    let shown = shop.json("leads show 012-3456001 --show-pii");
    assert_eq!(shown["address"], "+60123456001");
    assert_eq!(shown["enrollments"][0]["messages"][0]["state"], "pending");
    let suppressed = shop.json("leads show +60123456002");
    assert_eq!(suppressed["suppressed"]["reason"], "opted_out");
    shop.refused("leads show +60123456009", 10, "there is no lead `+60123456009`");
}

#[test]
fn a_tag_goes_on_and_off() {
    let shop = Shop::stocked();
    assert_eq!(shop.done("leads tag vip +60123456001 -n"), "Would tag 1 lead with vip\n");
    assert_eq!(shop.json("leads list --tag vip")["shown"], 0);
    assert_eq!(shop.done("leads tag vip --where city=Ipoh"), "Tagged 2 leads with vip\n");
    assert_eq!(shop.json("leads tag vip +60123456001")["changed"], 0);
    shop.done("leads tag vip +60123456001 --remove");
    assert_eq!(shop.json("leads list --tag vip")["shown"], 1);
    let fed = shop.feed("leads tag north --leads -", "phone\n+60123456001\n12\n");
    assert_eq!(fed.code, Some(3));
    assert_eq!(fed.stderr, "warning: standard input: line 3: the phone is too short\n");
}

#[test]
fn an_erased_lead_is_gone_and_can_not_come_back() {
    let shop = Shop::stocked();
    shop.refused("leads erase +60123456001", 2, "--yes");
    shop.done("leads erase +60123456001 -n");
    assert_eq!(shop.json("leads list")["total"], 2);
    assert_eq!(shop.done("leads erase +60123456001 --yes"), "Erased 1 lead\n");
    assert_eq!(shop.json("leads list")["total"], 1);
    shop.run("import leads.csv -q");
    assert_eq!(shop.json("leads show +60123456001")["suppressed"]["reason"], "erased");
}

#[test]
fn an_address_that_several_leads_share_erases_none_of_them() {
    let shop = Shop::new();
    shop.feed(
        "import -",
        "Phone,Email\n012-345 6001,office@example.org\n012-345 6002,office@example.org\n",
    );
    for words in ["+60123456001 office@example.org", "office@example.org"] {
        shop.refused(&format!("leads erase {words} --yes"), 2, "shared by 2 leads");
        assert_eq!(shop.json("leads list")["total"], 2);
        assert_eq!(shop.json("suppress list")["shown"], 0);
    }
    assert_eq!(shop.done("leads erase +60123456001 --yes"), "Erased 1 lead\n");
    assert_eq!(shop.done("leads erase office@example.org --yes"), "Erased 1 lead\n");
    assert_eq!(shop.json("leads list")["total"], 0);
}

#[test]
fn suppressions_are_added_listed_and_lifted() {
    let shop = Shop::new();
    assert_eq!(
        shop.done("suppress add 0123456001 --reason asked"),
        "Suppressed 1 address; no enrollment ended by it\n"
    );
    assert_eq!(shop.json("suppress add +60123456001")["already"], 1);
    shop.done("suppress add +60123456002 -n");
    let list = shop.json("suppress list --show-pii");
    assert_eq!(list["shown"], 1);
    assert_eq!(list["suppressions"][0]["address"], "+60123456001");
    assert_eq!(list["suppressions"][0]["reason"], "asked");
    assert_eq!(shop.json("suppress list --reason other")["shown"], 0);
    shop.refused("suppress add 12 abc", 2, "`abc`");
    shop.refused("suppress remove +60123456001", 2, "--yes");
    assert_eq!(shop.json("suppress remove +60123456001 --yes")["removed"], 1);
    assert_eq!(shop.json("suppress list")["shown"], 0);
}

#[test]
fn a_list_of_people_who_left_is_imported() {
    let shop = Shop::new();
    let ended = shop.feed("suppress import -", "Phone\n012-345 6001\n012-345 6002\n12\n");
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_snapshot!(without_time(&ended.stdout), @"
    Suppressed the addresses of standard input: 2 of 3 rows

      suppressed   2   must not be written to
      rejected     1   written to stdin.rejected.csv

      Why rejected                 Rows  First line
      phone is not a valid number     1           4

    Next: mend stdin.rejected.csv and import it again, or
          broadcaster suppress list
    ");
    assert_eq!(shop.json("suppress list --reason imported")["shown"], 2);
}

/// What a pipe of any length may take.
const MEMORY_MAX: u64 = 64 << 20;

#[test]
fn a_long_list_takes_no_more_memory_than_a_short_one() {
    const LIST_BYTES: usize = 60 << 20;
    let shop = Shop::new();
    let mut running = std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
        .current_dir(shop.path(""))
        .args(["import", "-", "-q"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    input.write_all(b"Phone,First name,Note\n").unwrap();
    // The same thousand people again and again, so that the database stays small.
    let note = "said that they would call back ".repeat(16);
    let page: String =
        (0..1_000).map(|number| format!("01234{number:05},Aina {number},{note}\n")).collect();
    let pages = LIST_BYTES.div_ceil(page.len());
    (0..pages).for_each(|_| input.write_all(page.as_bytes()).unwrap());
    // All but what the pipe holds is read, and the program waits for more.
    let peak = peak_memory(running.id());
    drop(input);
    assert!(running.wait().unwrap().success());
    assert_eq!(shop.json("leads list --limit 1")["total"], 1_000);
    assert!(peak < MEMORY_MAX, "{} MB for {LIST_BYTES} bytes", peak >> 20);
}

/// The most memory that a process has had.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kib: Option<u64> = peak.trim().strip_suffix(" kB").and_then(|kib| kib.parse().ok());
    kib.expect("a number of kB") << 10
}

#[test]
fn a_stop_by_phone_holds_whom_a_second_file_knows_by_email_only() {
    let shop = Shop::new();
    shop.write("first.csv", "name,phone,email\nAda,+351912345601,ada@example.org\n");
    shop.write("second.csv", "name,email,city\nAda,Ada@Example.org,Ipoh\n");
    shop.done("devices apply devices.toml");
    shop.done("sequence apply welcome.toml");
    shop.done("import first.csv");
    for words in ["import second.csv --dry-run", "import second.csv"] {
        let counts = &shop.json(words)["counts"];
        assert_eq!((&counts["new"], &counts["updated"]), (&0.into(), &1.into()), "{words}");
    }
    let piped = shop.feed("import - --json", &shop.read("second.csv"));
    assert!(piped.stdout.contains(r#""unchanged": 1"#), "{}", piped.stdout);
    let known = shop.json("leads list");
    assert_eq!((&known["total"], &known["leads"][0]["region"]), (&1.into(), &"PT".into()));
    shop.done("suppress add +351912345601");
    let enrolled = shop.json("enroll --sequence welcome");
    assert_eq!((&enrolled["enrolled"], &enrolled["suppressed"]), (&0.into(), &1.into()));
}

#[test]
fn people_who_share_an_email_are_counted_and_told_apart_by_their_phones() {
    let shop = Shop::new();
    shop.write(
        "office.csv",
        "phone,email\n+60123456001,us@example.org\n+60123456002,us@example.org\n",
    );
    shop.write("mails.csv", "email,city\nus@example.org,Ipoh\nbo@example.org,Ipoh\n");
    for words in ["import office.csv --dry-run", "import office.csv"] {
        let report = shop.json(words);
        assert_eq!(report["counts"]["new"], 2, "{words}");
        assert_eq!(report["notices"]["new_with_shared_email"], 1, "{words}");
    }
    let ended = shop.run("import mails.csv");
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_snapshot!(without_time(&ended.stdout), @"
    Imported mails.csv: 1 of 2 rows

      new        1
      rejected   1   written to mails.rejected.csv

      Why rejected                                   Rows  First line
      several leads have the e-mail; give the phone     1           2

    Next: mend mails.rejected.csv and import it again, or
          broadcaster sequence apply FILE, then broadcaster enroll
    ");
    let rejected = shop.read("mails.rejected.csv");
    assert!(rejected.contains("shared_email,several leads have this e-mail address; say which"));
    shop.write("mails.rejected.csv", "phone,email,city\n+60123456002,us@example.org,Ipoh\n");
    assert_eq!(shop.json("import mails.rejected.csv")["counts"]["updated"], 1);
}
