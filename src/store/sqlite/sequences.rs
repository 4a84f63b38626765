//! Sequences on SQLite. A plan is kept as JSON, one row a version, and never changed.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::clock::Moment;
use crate::sequence::{Schedule, Sequence, SequenceId, VersionId};
use crate::store::sqlite::{Sqlite, row, sql};
use crate::store::{
    Applied, Error, KnownSequence, Result, RunningRule, SequenceState, Sequences, Version,
};

impl Sequences for Sqlite {
    fn apply_sequence(
        &self,
        plan: &Sequence,
        running: RunningRule,
        now: Moment,
    ) -> Result<Applied> {
        self.write(|transaction| {
            let Some(known) = find(transaction, &plan.name)? else {
                let sequence = add_sequence(transaction, &plan.name)?;
                add_version(transaction, sequence, 1, plan, now)?;
                return Ok(Applied { number: 1, changed: true, moved: 0 });
            };
            let newest = known.version;
            let changed = newest.plan != *plan;
            if running == RunningRule::Move {
                check_move(transaction, known.id, plan)?;
            }
            let (version, number) = if changed {
                let number = newest.number + 1;
                (add_version(transaction, known.id, number, plan, now)?, number)
            } else {
                (newest.id, newest.number)
            };
            let moved = match running {
                RunningRule::Keep => 0,
                RunningRule::Move => move_running(transaction, known.id, version)?,
            };
            Ok(Applied { number, changed, moved })
        })
    }

    fn sequences(&self) -> Result<Vec<KnownSequence>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("sequences/all"))?;
            let mut rows = statement.query([])?;
            let mut sequences = Vec::new();
            while let Some(row) = rows.next()? {
                sequences.push(known_sequence(row)?);
            }
            Ok(sequences)
        })
    }

    fn sequence(&self, name: &str) -> Result<KnownSequence> {
        self.read(|reader| find(reader, name))?.ok_or_else(|| missing(name))
    }

    fn version(&self, id: VersionId) -> Result<Version> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("sequences/version"))?;
            let mut rows = statement.query(named_params! { ":version_id": id.0 })?;
            let Some(row) = rows.next()? else {
                return Err(Error::Missing { kind: "version", name: id.0.to_string() });
            };
            Ok(Version {
                id,
                sequence: SequenceId(row.get(0)?),
                number: row.get(1)?,
                plan: plan_of(row, 2)?,
            })
        })
    }

    fn version_numbered(&self, id: SequenceId, number: u32) -> Result<Version> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("sequences/version_numbered"))?;
            let wanted = named_params! { ":sequence_id": id.0, ":number": number };
            let mut rows = statement.query(wanted)?;
            let Some(row) = rows.next()? else {
                return Err(Error::Missing { kind: "version", name: number.to_string() });
            };
            Ok(Version { id: VersionId(row.get(0)?), sequence: id, number, plan: plan_of(row, 1)? })
        })
    }

    fn set_sequence_state(&self, id: SequenceId, state: SequenceState) -> Result<()> {
        self.write(|transaction| {
            let known = transaction
                .prepare_cached(sql!("sequences/set_state"))?
                .execute(named_params! { ":state": state.as_str(), ":sequence_id": id.0 })?;
            if known == 0 {
                return Err(missing(&id.0.to_string()));
            }
            Ok(())
        })?;
        if state == SequenceState::Running { self.unpark(id) } else { Ok(()) }
    }

    fn campaign_triggered(&self, id: SequenceId, now: Moment) -> Result<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached(sql!("sequences/triggered"))?
                .execute(named_params! { ":now": now.0, ":sequence_id": id.0 })?;
            Ok(())
        })
    }

    fn reserve_stagger(&self, id: SequenceId, from: Moment, span: Duration) -> Result<Moment> {
        // Bounded by what a moment may be, so that the sum stays an integer.
        let span_ms = Moment(0).plus(span).0;
        self.write(|transaction| {
            transaction
                .prepare_cached(sql!("sequences/reserve_stagger"))?
                .query_row(
                    named_params! { ":from": from.0, ":span": span_ms, ":sequence_id": id.0 },
                    |row| row.get(0).map(Moment),
                )
                .optional()?
                .ok_or_else(|| missing(&id.0.to_string()))
        })
    }

    fn running_versions(&self, id: SequenceId) -> Result<Vec<(u32, u64)>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("sequences/running_versions"))?;
            let versions = statement
                .query_map(named_params! { ":sequence_id": id.0 }, |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<Result<_, _>>()?;
            Ok(versions)
        })
    }
}

/// Whether every running enrollment can go on with `new` from its next step.
fn check_move(connection: &Connection, sequence: SequenceId, new: &Sequence) -> Result<()> {
    let mut statement = connection.prepare_cached(sql!("sequences/followed_plans"))?;
    let mut rows = statement.query(named_params! { ":sequence_id": sequence.0 })?;
    while let Some(row) = rows.next()? {
        let followed = plan_of(row, 0)?;
        // All messages of an upfront enrollment were created with it: a further step would have none.
        let fits = followed.schedule == new.schedule
            && match new.schedule {
                Schedule::Lazy => followed.steps.len() <= new.steps.len(),
                Schedule::Upfront => followed.steps.len() == new.steps.len(),
            };
        if !fits {
            return Err(Error::Conflict(format!(
                "running enrollments follow a version of {} steps, {}; they can't move to {} steps, \
                 {}, and must keep their version",
                followed.steps.len(),
                name_of(followed.schedule),
                new.steps.len(),
                name_of(new.schedule),
            )));
        }
    }
    Ok(())
}

fn name_of(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::Lazy => "lazy",
        Schedule::Upfront => "upfront",
    }
}

fn add_sequence(transaction: &Connection, name: &str) -> Result<SequenceId> {
    transaction
        .prepare_cached(sql!("sequences/insert"))?
        .execute(named_params! { ":name": name })?;
    Ok(SequenceId(transaction.last_insert_rowid()))
}

fn add_version(
    transaction: &Connection,
    sequence: SequenceId,
    number: u32,
    plan: &Sequence,
    now: Moment,
) -> Result<VersionId> {
    let plan = serde_json::to_string(plan).map_err(|error| row::damaged("plan", error))?;
    transaction.prepare_cached(sql!("sequences/insert_version"))?.execute(named_params! {
        ":sequence_id": sequence.0,
        ":number": number,
        ":plan": plan,
        ":now": now.0,
    })?;
    Ok(VersionId(transaction.last_insert_rowid()))
}

fn move_running(transaction: &Connection, sequence: SequenceId, version: VersionId) -> Result<u64> {
    let moved = transaction
        .prepare_cached(sql!("sequences/move_running"))?
        .execute(named_params! { ":version_id": version.0, ":sequence_id": sequence.0 })?;
    Ok(moved as u64)
}

fn find(connection: &Connection, name: &str) -> Result<Option<KnownSequence>> {
    let mut statement = connection.prepare_cached(sql!("sequences/one"))?;
    let mut rows = statement.query(named_params! { ":name": name })?;
    rows.next()?.map(known_sequence).transpose()
}

fn known_sequence(row: &Row<'_>) -> Result<KnownSequence> {
    let id = SequenceId(row.get(0)?);
    let state = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(KnownSequence {
        id,
        state: row::code(state, "state", SequenceState::from_code)?,
        triggered_at: row.get::<_, Option<i64>>(2)?.map(Moment),
        version: Version {
            id: VersionId(row.get(3)?),
            sequence: id,
            number: row.get(4)?,
            plan: plan_of(row, 5)?,
        },
    })
}

fn plan_of(row: &Row<'_>, at: usize) -> Result<Sequence> {
    let plan = row.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?;
    serde_json::from_str(plan).map_err(|error| row::damaged("plan", error))
}

fn missing(name: &str) -> Error {
    Error::Missing { kind: "sequence", name: name.to_owned() }
}
