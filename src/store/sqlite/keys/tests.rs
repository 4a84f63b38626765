//! When a name is begun, and when one is enough.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::*;
use crate::clock::Moment;
use crate::sequence::{SequenceId, VersionId};
use crate::store::{Epoch, Error, OpenGate, Owner, Queue, ReEnroll};

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    /// A database that was served once.
    fn new() -> Scene {
        let scene = Scene { folder: tempfile::tempdir().unwrap() };
        Sqlite::create(&scene.path("a.db"), InstanceId(7), Moment(0)).unwrap();
        scene.serve("a.db", &owner(1), false);
        scene
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, name: &str) -> Sqlite {
        Sqlite::open(&self.path(name)).unwrap()
    }

    /// Starts a sender; it serves for as long as its lock is kept.
    fn serve(&self, name: &str, owner: &Owner, adopt: bool) -> SenderLock {
        let lock = SenderLock::take(&self.path(name), owner).unwrap().expect("nobody serves");
        let store = self.open(name);
        store.arrive(adopt, Moment(0)).unwrap().expect("it may be served");
        store.take_over(owner).unwrap();
        lock
    }

    /// Takes the journal from a database that has sent.
    fn lose_the_journal(&self, name: &str) {
        self.open(name).writer().execute("UPDATE meta SET journaled = 5", []).unwrap();
        std::fs::remove_dir_all(self.path(&format!("{name}.dispatch"))).unwrap();
    }
}

fn owner(pid: u32) -> Owner {
    Owner { pid, host: "h".to_owned(), boot: "b".to_owned(), began: 2, since_at: Moment(3) }
}

/// The newest name after somebody has enrolled.
fn name_of_new(store: &Sqlite) -> Option<InstanceId> {
    let is_known = store.know_what_left().is_ok();
    store
        .write(|transaction| {
            store.name_new_enrollments(transaction, is_known)?;
            newest(transaction)
        })
        .unwrap()
}

#[test]
fn a_sender_that_has_the_lock_and_has_not_arrived_vouches_for_no_name() {
    let scene = Scene::new();
    std::fs::copy(scene.path("a.db"), scene.path("b.db")).unwrap();
    let of_both = scene.open("a.db").newest_name;
    let lock = SenderLock::take(&scene.path("b.db"), &owner(2)).unwrap().expect("nobody serves");
    let of_the_copy = name_of_new(&scene.open("b.db"));
    assert_ne!(of_the_copy, of_both);
    drop(lock);
    assert_eq!(name_of_new(&scene.open("a.db")), of_both);
}

#[test]
fn no_name_is_begun_beside_a_sender_that_has_read_them() {
    let scene = Scene::new();
    scene.lose_the_journal("a.db");
    let in_doubt = scene.open("a.db");
    let lock = scene.serve("a.db", &owner(2), true);
    let of_the_sender = scene.open("a.db").newest_name;
    assert_eq!(name_of_new(&in_doubt), of_the_sender);
    drop(lock);
    assert_eq!(name_of_new(&in_doubt), of_the_sender);
}

#[test]
fn a_process_in_doubt_begins_one_name_for_all_that_it_enrolls() {
    let scene = Scene::new();
    scene.lose_the_journal("a.db");
    let in_doubt = scene.open("a.db");
    let first = name_of_new(&in_doubt);
    assert_ne!(first, in_doubt.newest_name);
    assert_eq!(name_of_new(&in_doubt), first);
    assert_ne!(name_of_new(&scene.open("a.db")), first);
}

/// As a campaign's audience is enrolled while messages are sent; somebody has deleted the lock file, which else
/// says that this process has taken over.
#[test]
fn who_enrolls_and_sends_in_one_process_is_never_in_its_own_way() {
    const TIMES: usize = 3_000;
    const PATIENCE: Duration = Duration::from_secs(60);
    let scene = Scene::new();
    let store = Arc::new(scene.open("a.db"));
    let epoch = store.take_over(&owner(2)).unwrap();
    assert_eq!(SenderLock::holder(store.path()), None);
    let (done, both) = mpsc::channel();
    let repeatedly = |act: fn(&Sqlite, Epoch)| {
        let (store, done) = (Arc::clone(&store), done.clone());
        std::thread::spawn(move || {
            (0..TIMES).for_each(|_| act(&store, epoch));
            done.send(()).unwrap();
        });
    };
    repeatedly(|store, epoch| {
        store.exchange(epoch, &[], &[], &OpenGate, Moment(0)).unwrap();
    });
    repeatedly(|store, _| {
        let nowhere = (SequenceId(1), VersionId(1));
        let pushed = store.push(nowhere.0, nowhere.1, &[], ReEnroll::Never, Moment(0));
        assert!(matches!(pushed, Err(Error::Missing { .. })), "{pushed:?}");
    });
    for _ in 0..2 {
        both.recv_timeout(PATIENCE).expect("each waits for what the other has");
    }
}
