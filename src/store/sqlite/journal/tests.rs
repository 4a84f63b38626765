//! The journal against crashes, rotation and age, without a database.

use super::*;

const INSTANCE: InstanceId = InstanceId(7);
/// A database that has forgotten all.
const NOTHING: Known = Known { journaled: 0, held: 0 };
const DAY: i64 = 24 * 60 * 60 * 1_000;

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        Scene { folder: tempfile::tempdir().unwrap() }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("a.db")
    }

    fn begin(&self) -> Journal {
        Journal::begin(&self.database(), INSTANCE, 0, Moment(0)).unwrap()
    }

    fn open(&self) -> Journal {
        self.open_knowing(NOTHING)
    }

    fn open_knowing(&self, known: Known) -> Journal {
        Journal::go_on(&self.past(), known).unwrap()
    }

    fn past(&self) -> Past {
        Past::of(&self.database(), INSTANCE).unwrap().expect("there are files")
    }

    fn tokens(&self, above: i64) -> Vec<i64> {
        let files = self.past().files_above(above).unwrap();
        let tokens = files.iter().flat_map(|(_, path)| records_in(path).unwrap());
        tokens.map(|record| record.token).filter(|token| *token > above).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = files_of(&folder_of(&self.database())).unwrap();
        files.into_iter().map(|(_, path, _)| path).collect()
    }
}

fn record(token: i64) -> Record {
    Record {
        token,
        claimed_at: token,
        enrollment: token,
        device: 1,
        address: 2,
        sequence: 3,
        step: 1,
    }
}

fn append(journal: &mut Journal, tokens: std::ops::RangeInclusive<i64>, at: i64) {
    let records: Vec<Record> = tokens.map(record).collect();
    journal.make_room(records.len(), records[0].token - 1, Moment(at)).unwrap();
    journal.append(&records).unwrap();
}

#[test]
fn what_was_appended_is_found_above_any_token() {
    let scene = Scene::new();
    let mut journal = scene.begin();
    append(&mut journal, 1..=3, 0);
    append(&mut journal, 4..=5, DAY);
    append(&mut journal, 6..=6, DAY);
    assert_eq!(scene.files().len(), 2);
    for above in 0..=6 {
        assert_eq!(scene.tokens(above), (above + 1..=6).collect::<Vec<_>>());
    }
    assert_eq!((journal.newest(), scene.past().newest()), (6, 6));
}

#[test]
fn a_file_that_goes_while_it_is_looked_at_is_not_there() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=3, 0);
    let dropped = folder_of(&scene.database()).join("0000000000000000.marks");
    let _ = std::fs::remove_file(&dropped);
    // Its name is still read, and leads nowhere.
    std::os::unix::fs::symlink("dropped", dropped).unwrap();
    assert_eq!(scene.files().len(), 0);
}

#[test]
fn it_goes_on_in_the_file_where_it_stopped() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=2, 5);
    append(&mut scene.open(), 3..=4, 6);
    assert_eq!(scene.files().len(), 1);
    assert_eq!(scene.tokens(0), [1, 2, 3, 4]);
}

#[test]
fn a_torn_record_is_cut_off_wherever_it_tears() {
    for kept in 0..record::RECORD_BYTES {
        let scene = Scene::new();
        append(&mut scene.begin(), 1..=3, 0);
        let path = &scene.files()[0];
        let mut bytes = std::fs::read(path).unwrap();
        let last = 3 * record::RECORD_BYTES;
        bytes[last + kept..last + record::RECORD_BYTES].fill(0);
        std::fs::write(path, &bytes).unwrap();
        let mut journal = scene.open();
        assert_eq!(scene.tokens(0), [1, 2], "{kept} bytes of it were kept");
        append(&mut journal, 4..=4, 0);
        assert_eq!(scene.tokens(0), [1, 2, 4]);
    }
}

#[test]
fn a_file_that_was_cut_anywhere_is_read_as_far_as_it_goes() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=4, 0);
    let path = &scene.files()[0];
    let bytes = std::fs::read(path).unwrap();
    for length in record::RECORD_BYTES..6 * record::RECORD_BYTES {
        std::fs::write(path, &bytes[..length]).unwrap();
        let whole = (length / record::RECORD_BYTES - 1).min(4);
        drop(scene.open());
        assert_eq!(scene.tokens(0).len(), whole, "of {length} bytes");
    }
}

#[test]
fn a_file_that_was_never_finished_is_none() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=2, 0);
    std::fs::write(folder_of(&scene.database()).join("0000000000000002.marks"), [0; 64]).unwrap();
    let mut journal = scene.open();
    append(&mut journal, 3..=3, DAY);
    assert_eq!(scene.tokens(0), [1, 2, 3]);
}

#[test]
fn a_damaged_header_is_named_and_not_passed_over() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=2, 0);
    let path = &scene.files()[0];
    let mut bytes = std::fs::read(path).unwrap();
    bytes[9] ^= 1;
    std::fs::write(path, &bytes).unwrap();
    let refused = Past::of(&scene.database(), INSTANCE).unwrap_err();
    assert!(refused.to_string().contains("is damaged"), "{refused}");
}

#[test]
fn what_is_old_goes_and_what_it_reached_back_to_is_known() {
    let scene = Scene::new();
    let mut journal = scene.begin();
    for day in 0..100 {
        append(&mut journal, day + 1..=day + 1, day * DAY);
    }
    let files = scene.files().len();
    assert!((90..=92).contains(&files), "{files}");
    let (oldest, past) = (scene.tokens(0)[0], scene.past());
    assert!(past.reaches_back_to(oldest - 1) && !past.reaches_back_to(oldest - 2));
}

#[test]
fn a_clock_that_jumps_ahead_does_not_cost_the_whole_journal() {
    let scene = Scene::new();
    let mut journal = scene.begin();
    for day in 0..30 {
        append(&mut journal, day + 1..=day + 1, day * DAY);
    }
    append(&mut journal, 31..=31, 3_650 * DAY);
    assert_eq!(scene.files().len(), 29);
}

#[test]
fn a_superseded_sender_shares_no_file_with_its_successor() {
    let scene = Scene::new();
    let mut first = scene.begin();
    append(&mut first, 1..=1, 0);
    let mut second = scene.open();
    append(&mut second, 10..=10, 0);
    // Its exchange was committed before it was superseded.
    append(&mut first, 2..=2, 0);
    assert_eq!(scene.tokens(0), [1, 2, 10]);
}

#[test]
fn the_journal_of_another_database_is_refused_by_name() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=1, 0);
    let refused = Past::of(&scene.database(), InstanceId(8)).unwrap_err();
    assert!(refused.to_string().contains("belongs to another database"), "{refused}");
}

#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=1, 0);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder_of(&scene.database())), 0o700);
    assert_eq!(mode(&scene.files()[0]), 0o600);
}

#[test]
fn appending_into_its_room_does_not_make_the_file_grow() {
    let scene = Scene::new();
    let mut journal = scene.begin();
    journal.make_room(500, 0, Moment(0)).unwrap();
    let size = || std::fs::metadata(&scene.files()[0]).unwrap().len();
    let before = size();
    journal.append(&(1..=500).map(record).collect::<Vec<_>>()).unwrap();
    assert_eq!(size(), before);
    journal.make_room(1_000, 500, Moment(0)).unwrap();
    assert!(size() > before);
}

#[test]
fn a_file_that_is_missing_between_two_is_noticed_by_who_would_need_it() {
    let scene = Scene::new();
    let mut journal = scene.begin();
    for day in 0..4 {
        append(&mut journal, day * 2 + 1..=day * 2 + 2, day * DAY);
    }
    drop(journal);
    assert_eq!(scene.past().fault(NOTHING).unwrap(), None);
    std::fs::remove_file(&scene.files()[2]).unwrap();
    let past = scene.past();
    for known in 0..=8 {
        let found = past.fault(Known { journaled: known, held: known }).unwrap();
        let hole = Fault::Hole(Moment(4), Moment(3 * DAY));
        assert_eq!(found, (known < 6).then_some(hole), "of a database that knows {known}");
    }
}

#[test]
fn a_journal_that_ends_before_what_it_had_is_noticed() {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=3, 0);
    let past = scene.past();
    assert_eq!(past.fault(Known { journaled: 4, held: 3 }).unwrap(), None, "it never left");
    let found = past.fault(Known { journaled: 5, held: 4 }).unwrap();
    assert_eq!(found, Some(Fault::EndsEarly));
}

/// Three dispatches of which the second has rotted.
fn with_a_rotten_record() -> Scene {
    let scene = Scene::new();
    append(&mut scene.begin(), 1..=3, 0);
    let path = &scene.files()[0];
    let mut bytes = std::fs::read(path).unwrap();
    bytes[2 * record::RECORD_BYTES + 5] ^= 1;
    std::fs::write(path, &bytes).unwrap();
    scene
}

#[test]
fn a_record_that_rots_among_others_is_noticed_until_the_journal_is_begun_anew() {
    let scene = with_a_rotten_record();
    let mut journal = scene.open();
    let hole = Some(Fault::Hole(Moment(1), Moment(3)));
    assert_eq!(scene.past().fault(NOTHING).unwrap(), hole);
    journal.begin_anew(NOTHING, Moment(DAY)).unwrap();
    append(&mut journal, 4..=4, DAY);
    let past = scene.past();
    assert_eq!(past.fault(Known { journaled: 3, held: 3 }).unwrap(), None);
    assert_eq!(past.fault(NOTHING).unwrap(), hole, "an older backup still has to know");
    assert_eq!(scene.tokens(0), [1, 3, 4]);
}

#[test]
fn an_exchange_that_a_power_cut_has_torn_is_no_hole() {
    let scene = with_a_rotten_record();
    let known = Known { journaled: 3, held: 0 };
    let mut journal = scene.open_knowing(known);
    assert_eq!((journal.newest(), scene.tokens(0)), (1, vec![1]));
    append(&mut journal, 4..=5, 0);
    let found = scene.past().fault(NOTHING).unwrap();
    assert_eq!((found, scene.tokens(0)), (None, vec![1, 4, 5]));
}
