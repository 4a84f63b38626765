//! Reading the counts.

use rusqlite::named_params;

use crate::clock::Moment;
use crate::device::DeviceId;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::lead::LeadId;
use crate::message::{MessageId, MessageState};
use crate::sequence::{SequenceId, StepNumber, VersionId};
use crate::store::sqlite::row::{self, utc_day};
use crate::store::sqlite::{Sqlite, sql};
use crate::store::{Counts, DeviceDay, MessageCount, MinuteCount, Queue, Result, Totals, Waiting};

const DAY_MS: i64 = 86_400_000;

impl Counts for Sqlite {
    fn message_counts(&self) -> Result<Vec<MessageCount>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/messages"))?;
            let mut rows = statement.query([])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                let Ok(step) = u16::try_from(row.get::<_, i64>(1)?) else { continue };
                let state: String = row.get(2)?;
                let reason: String = row.get(3)?;
                counts.push(MessageCount {
                    sequence: SequenceId(row.get(0)?),
                    step: StepNumber(step),
                    state: row::code(&state, "state", MessageState::from_code)?,
                    reason: row::reason(Some(&reason))?,
                    total: row::count(row, 4)?,
                });
            }
            Ok(counts)
        })
    }

    fn enrollment_totals(&self) -> Result<Vec<(SequenceId, Totals)>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/enrollments"))?;
            let mut rows = statement.query([])?;
            let mut all: Vec<(SequenceId, Totals)> = Vec::new();
            while let Some(row) = rows.next()? {
                let sequence = SequenceId(row.get(0)?);
                let state: String = row.get(1)?;
                let total = row::count(row, 2)?;
                if all.last().is_none_or(|(last, _)| *last != sequence) {
                    all.push((sequence, Totals::default()));
                }
                let (_, totals) = all.last_mut().expect("one was pushed just now");
                totals.enrolled += total;
                match row::code(&state, "state", EnrollmentState::from_code)? {
                    EnrollmentState::Active => totals.active = total,
                    EnrollmentState::Paused => totals.paused = total,
                    EnrollmentState::Finished => totals.finished = total,
                    EnrollmentState::Stopped => totals.stopped = total,
                }
            }
            Ok(all)
        })
    }

    fn device_days(&self, now: Moment) -> Result<Vec<DeviceDay>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/device_days"))?;
            let days = statement
                .query_map(named_params! { ":day": utc_day(now) }, |row| {
                    Ok(DeviceDay {
                        device: DeviceId(row.get(0)?),
                        sent: row::count(row, 1)?,
                        failed: row::count(row, 2)?,
                        unknown: row::count(row, 3)?,
                        retried: row::count(row, 4)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(days)
        })
    }

    fn minutes(&self, from: Moment) -> Result<Vec<MinuteCount>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/minutes"))?;
            let minutes = statement
                .query_map(named_params! { ":from": from.0 }, |row| {
                    Ok(MinuteCount {
                        minute_at: Moment(row.get(0)?),
                        sent: row::count(row, 1)?,
                        troubled: row::count(row, 2)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(minutes)
        })
    }

    fn impossible(&self, now: Moment) -> Result<Vec<String>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/impossible"))?;
            let of_late = named_params! { ":day": utc_day(now), ":from": now.0 - DAY_MS };
            let lines =
                statement.query_map(of_late, |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(lines)
        })
    }

    fn due_counts(&self, now: Moment, at_most: u32) -> Result<Vec<(DeviceId, u32)>> {
        let devices = self.next_due(None)?;
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/due_of"))?;
            let mut counts = Vec::new();
            for (device, due_at) in devices {
                if due_at <= now {
                    let due = statement.query_row(
                        named_params! { ":device_id": device.0, ":now": now.0, ":at_most": at_most },
                        |row| row.get(0),
                    )?;
                    counts.push((device, due));
                }
            }
            Ok(counts)
        })
    }

    fn pending_counts(&self, of: &[DeviceId]) -> Result<Vec<u64>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/pending_of"))?;
            let count = |device: &DeviceId| {
                statement.query_row(named_params! { ":device_id": device.0 }, |row| row.get(0))
            };
            Ok(of.iter().map(count).collect::<Result<_, _>>()?)
        })
    }

    fn waiting(&self, device: DeviceId, one_in: u32) -> Result<Vec<Waiting>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("counts/waiting_of"))?;
            let asked = named_params! { ":device_id": device.0, ":one_in": one_in.max(1) };
            let waiting = statement
                .query_map(asked, |row| {
                    Ok(Waiting {
                        due_at: Moment(row.get(0)?),
                        message: MessageId {
                            enrollment: EnrollmentId(row.get(1)?),
                            step: StepNumber(row.get(2)?),
                        },
                        lead: LeadId(row.get(3)?),
                        version: VersionId(row.get(4)?),
                        zone: row.get(5)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(waiting)
        })
    }
}
