//! The lines of the file, and what two copies of it that grew apart come to.

use super::*;
use crate::message::InstanceId;
use crate::store::Leads;
use crate::store::sqlite::Sqlite;

fn suppressed(address: &str) -> Event {
    Event::Suppressed {
        address: address.to_owned(),
        reason: "asked\nby \"phone\"".to_owned(),
        since_at: 5,
    }
}

#[test]
fn a_line_is_read_as_it_was_written_and_every_change_of_a_byte_is_noticed() {
    let event = suppressed("+60123456789");
    let line = event.line(7);
    assert_eq!(Event::of_line(&line, 7), Some(event));
    assert_eq!(Event::of_line(&line, 8), None, "it follows another line");
    assert_eq!(line.matches('\n').count(), 1);
    for place in 0..line.len() {
        let mut bytes = line.clone().into_bytes();
        bytes[place] ^= 1;
        let changed = String::from_utf8(bytes).ok();
        assert_eq!(changed.and_then(|line| Event::of_line(&line, 7)), None, "byte {place}");
    }
}

#[test]
fn the_line_that_ends_at_a_byte_is_found_however_long_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines");
    let long = suppressed(&"9".repeat(5_000));
    let mut text = suppressed("+60").line(0);
    let first = (text.len() as u64, sum_of(text.as_bytes()));
    let line = long.line(first.1);
    text.push_str(&line);
    std::fs::write(&path, &text).unwrap();
    let file = File::open(&path).unwrap();
    assert_eq!(sum_before(&file, first.0).unwrap(), first.1);
    assert_eq!(sum_before(&file, text.len() as u64).unwrap(), sum_of(line.as_bytes()));
    assert_eq!(sum_before(&file, 0).unwrap(), 0);
}

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> Sqlite {
        Sqlite::open(&self.path("a.db")).unwrap()
    }

    fn suppress(&self, address: &str) {
        let address = Address::from_canonical(address.to_owned());
        let suppression = Suppression { address, reason: String::new(), since_at: Moment(1) };
        self.open().suppress(&[suppression]).unwrap();
    }

    fn addresses(&self) -> Vec<String> {
        let known = self.open().suppressions("", 100).unwrap();
        known.into_iter().map(|one| one.address.as_str().to_owned()).collect()
    }

    fn file(&self) -> Vec<u8> {
        std::fs::read(path_of(&self.path("a.db"))).unwrap()
    }

    fn put_file(&self, bytes: &[u8]) {
        std::fs::write(path_of(&self.path("a.db")), bytes).unwrap();
    }
}

#[test]
fn of_two_copies_that_grew_apart_each_is_told_what_the_other_knows() {
    let scene = Scene { folder: tempfile::tempdir().unwrap() };
    Sqlite::create(&scene.path("a.db"), InstanceId(7), Moment(0)).unwrap();
    scene.suppress("+600");
    let shared = scene.file();
    // One copy learns of 1 and 3, the other of 2 and 3: by length they are the same.
    scene.suppress("+601");
    scene.suppress("+603");
    let here = scene.file();
    let mut sum =
        sum_before(&File::open(path_of(&scene.path("a.db"))).unwrap(), shared.len() as u64);
    let mut there = shared.clone();
    for address in ["+602", "+603"] {
        let event =
            Event::Suppressed { address: address.to_owned(), reason: String::new(), since_at: 1 };
        let line = event.line(sum.unwrap());
        sum = Ok(sum_of(line.as_bytes()));
        there.extend(line.as_bytes());
    }
    assert_eq!(here.len(), there.len());
    scene.put_file(&there);
    // Whoever writes next notices, and from then on both know all.
    scene.suppress("+604");
    assert_eq!(scene.addresses(), ["+600", "+601", "+602", "+603", "+604"]);
    let told = String::from_utf8(scene.file()).unwrap();
    assert!(told.contains("+601") && told.contains("+602"), "{told}");
    let length = scene.file().len();
    scene.suppress("+604");
    assert_eq!(scene.file().len(), length, "it is told once");
    scene.suppress("+605");
    let lines = scene.file().iter().filter(|byte| **byte == b'\n').count();
    let events = Lines::open(&scene.path("a.db")).unwrap().read_from(0).unwrap();
    assert_eq!(events.len(), lines, "each line follows the one before");
}
