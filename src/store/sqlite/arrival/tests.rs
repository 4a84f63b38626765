//! What a start learns from a journal that knows more than the database, and what it never forgets for it.

use super::*;
use crate::message::InstanceId;

const DAY: i64 = 24 * 60 * 60 * 1_000;

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    /// A database that was served once.
    fn new() -> Scene {
        let scene = Scene { folder: tempfile::tempdir().unwrap() };
        Sqlite::create(&scene.path(), InstanceId(7), Moment(0)).unwrap();
        scene.arrive(0);
        scene
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("a.db")
    }

    fn open(&self) -> Sqlite {
        Sqlite::open(&self.path()).unwrap()
    }

    fn arrive(&self, at: i64) -> Learned {
        let store = self.open();
        store.arrive(false, Moment(at)).unwrap().expect("it is at home");
        store.learned().cloned().unwrap_or_default()
    }

    /// Lets the journal know dispatches that the database does not.
    fn forget(&self, tokens: std::ops::RangeInclusive<i64>, at: i64) {
        let store = self.open();
        store.arrive(false, Moment(at)).unwrap().expect("it is at home");
        let records: Vec<Record> = tokens.map(|token| record(token, at)).collect();
        let mut journal = store.journal();
        let journal = journal.as_mut().unwrap();
        journal.make_room(records.len(), records[0].token - 1, Moment(at)).unwrap();
        journal.append(&records).unwrap();
    }

    fn remembered(&self) -> usize {
        let direct = Connection::open(self.path()).unwrap();
        direct.query_row("SELECT count(*) FROM forgotten", [], |row| row.get(0)).unwrap()
    }
}

fn record(token: i64, at: i64) -> Record {
    Record { token, claimed_at: at, enrollment: token, device: 1, address: 2, sequence: 3, step: 1 }
}

#[test]
fn a_clock_far_ahead_at_a_start_forgets_nothing() {
    let scene = Scene::new();
    scene.forget(1..=3, 5 * DAY);
    assert_eq!(scene.arrive(6 * DAY).forgotten, 3);
    scene.arrive(200 * DAY);
    assert_eq!(scene.remembered(), 3);
    // Even when it sends something on that day and starts again.
    scene.forget(4..=4, 200 * DAY);
    scene.arrive(200 * DAY);
    assert_eq!(scene.remembered(), 4);
}

#[test]
fn a_start_that_breaks_off_while_it_learns_goes_on_from_there() {
    let scene = Scene::new();
    scene.forget(1..=45_000, DAY);
    let stop_at_the_third_part =
        "CREATE TRIGGER stop BEFORE INSERT ON forgotten WHEN NEW.enrollment_id = 43000
         BEGIN SELECT RAISE(ABORT, 'stop'); END";
    Connection::open(scene.path()).unwrap().execute_batch(stop_at_the_third_part).unwrap();
    Sqlite::open(&scene.path()).unwrap_err();
    assert_eq!(scene.remembered(), 40_000);
    let direct = Connection::open(scene.path()).unwrap();
    direct.execute_batch("DROP TRIGGER stop").unwrap();
    drop(direct);
    let learned = scene.arrive(DAY);
    assert_eq!(learned.forgotten, 5_000);
    assert_eq!(learned.between, Some((Moment(DAY), Moment(DAY))));
    assert_eq!(scene.remembered(), 45_000);
}
