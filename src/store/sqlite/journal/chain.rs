//! Whether the journal is all that it was: a file that was deleted, a record that rots among others, and a folder
//! that is older than its database are faults. What is missing can only be told, not brought back.
//!
//! Only what a start would learn from is looked at: a hole among dispatches that the database knows costs
//! nothing, and the start that would need them finds it.

use std::path::Path;

use super::{Journal, Known, Past, ours, segment, unreadable};
use crate::clock::Moment;
use crate::store::Result;

/// What is wrong with a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::sqlite) enum Fault {
    /// It ends before a dispatch that it had.
    EndsEarly,
    /// What left between two moments is not in it.
    Hole(Moment, Moment),
}

/// The last that is known while records are read in order.
#[derive(Clone, Copy)]
struct Reached {
    token: i64,
    at: i64,
}

impl Past {
    /// What is wrong with it, as far as a database must learn from it.
    pub(in crate::store::sqlite) fn fault(&self, known: Known) -> Result<Option<Fault>> {
        if self.newest() < known.held {
            return Ok(Some(Fault::EndsEarly));
        }
        if self.newest() <= known.journaled {
            return Ok(None);
        }
        let mut reached = None;
        for (name, path) in self.files_above(known.journaled)? {
            let header = ours(&path, self.instance)?;
            if let Some(Reached { token, at }) = reached
                && header.previous > token.max(known.journaled)
            {
                return Ok(Some(Fault::Hole(Moment(at), Moment(header.begun_at))));
            }
            let begun = Reached { token: name.max(header.previous), at: header.begun_at };
            match hole_in(&path, begun, known.journaled)? {
                Ok(last) => reached = Some(last),
                Err(hole) => return Ok(Some(hole)),
            }
        }
        Ok(None)
    }
}

impl Journal {
    /// Goes on in a new file, as one whose fault was accepted: it knows all that the database does, and what
    /// is missing lies before it.
    pub(in crate::store::sqlite) fn begin_anew(&mut self, known: Known, now: Moment) -> Result<()> {
        self.newest = self.newest.max(known.journaled);
        // A file that is still empty has the same name.
        self.current = None;
        self.current = Some(self.begin_file(self.newest, now)?);
        Ok(())
    }
}

/// How far the records of a file go; or the first place above a token where one is missing among others.
fn hole_in(path: &Path, begun: Reached, known: i64) -> Result<std::result::Result<Reached, Fault>> {
    let bytes = std::fs::read(path).map_err(|why| unreadable(path, &why))?;
    let (mut reached, mut is_whole) = (begun, true);
    for slot in segment::slots(&bytes) {
        let Some(record) = slot else {
            is_whole = false;
            continue;
        };
        if !is_whole && record.token > known + 1 {
            return Ok(Err(Fault::Hole(Moment(reached.at), Moment(record.claimed_at))));
        }
        is_whole = true;
        reached = Reached { token: reached.token.max(record.token), at: record.claimed_at };
    }
    Ok(Ok(reached))
}
