//! Devices on SQLite. What a device's file says is kept as it was given; its pace and its hold lie
//! beside it and are never touched by applying a file.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::clock::Moment;
use crate::device::{Device, DeviceId, Hold};
use crate::pace::PaceState;
use crate::store::sqlite::{Sqlite, claim, row, sql};
use crate::store::{DeviceChange, Devices, Error, KnownDevice, Result};

impl Devices for Sqlite {
    fn apply_devices(&self, devices: &[Device], now: Moment) -> Result<Vec<DeviceChange>> {
        self.write(|transaction| {
            devices.iter().map(|device| apply(transaction, device, now)).collect()
        })
    }

    fn devices(&self) -> Result<Vec<KnownDevice>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("devices/all"))?;
            let mut rows = statement.query([])?;
            let mut devices = Vec::new();
            while let Some(row) = rows.next()? {
                devices.push(known_device(row)?);
            }
            Ok(devices)
        })
    }

    fn device(&self, name: &str) -> Result<KnownDevice> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("devices/one"))?;
            let mut rows = statement.query(named_params! { ":name": name })?;
            match rows.next()? {
                Some(row) => known_device(row),
                None => Err(Error::Missing { kind: "device", name: name.to_owned() }),
            }
        })
    }

    fn hold(&self, device: DeviceId, hold: Option<&Hold>) -> Result<()> {
        self.write(|transaction| {
            transaction.prepare_cached(sql!("queue/hold_device"))?.execute(named_params! {
                ":reason": hold.map(|hold| hold.reason.as_str()),
                ":until": hold.and_then(|hold| hold.until).map(|until| until.0),
                ":detail": hold.map(|hold| hold.detail.as_str()),
                ":device_id": device.0,
            })?;
            Ok(())
        })
    }
}

/// A device by its id, if it is there.
pub(super) fn of_id(connection: &Connection, id: DeviceId) -> Result<Option<KnownDevice>> {
    let mut statement = connection.prepare_cached(sql!("devices/by_id"))?;
    let mut rows = statement.query(named_params! { ":device_id": id.0 })?;
    rows.next()?.map(known_device).transpose()
}

fn apply(transaction: &Connection, device: &Device, now: Moment) -> Result<DeviceChange> {
    let known: Option<(i64, String)> = transaction
        .prepare_cached(sql!("devices/settings"))?
        .query_row(named_params! { ":name": device.name }, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let settings = serde_json::to_string(device).map_err(|error| row::damaged("device", error))?;
    let Some((id, stored)) = known else {
        transaction.prepare_cached(sql!("devices/insert"))?.execute(named_params! {
            ":name": device.name,
            ":settings": settings,
            ":enabled": device.enabled,
            ":now": now.0,
        })?;
        transaction
            .prepare_cached(sql!("devices/insert_pace"))?
            .execute(named_params! { ":device_id": transaction.last_insert_rowid() })?;
        return Ok(DeviceChange::New);
    };
    if settings_of(&stored)? == *device {
        return Ok(DeviceChange::Unchanged);
    }
    transaction.prepare_cached(sql!("devices/update"))?.execute(named_params! {
        ":settings": settings,
        ":enabled": device.enabled,
        ":now": now.0,
        ":device_id": id,
    })?;
    Ok(DeviceChange::Changed)
}

fn known_device(row: &Row<'_>) -> Result<KnownDevice> {
    Ok(KnownDevice {
        id: DeviceId(row.get(0)?),
        device: settings_of(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
        hold: claim::hold_of(row, 2)?,
        pace: PaceState {
            next_allowed_at: Moment(row.get(5)?),
            last_dispatch_at: row.get::<_, Option<i64>>(6)?.map(Moment),
            first_dispatch_at: row.get::<_, Option<i64>>(7)?.map(Moment),
            day: row.get(8)?,
            day_ends_at: row.get::<_, Option<i64>>(9)?.map(Moment),
            day_count: row::used(row, 10)?,
            hour_ends_at: Moment(row.get(11)?),
            hour_count: row::used(row, 12)?,
            run_count: row::used(row, 13)?,
        },
    })
}

fn settings_of(stored: &str) -> Result<Device> {
    serde_json::from_str(stored).map_err(|error| row::damaged("settings", error))
}
