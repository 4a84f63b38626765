-- Devices: `settings` is the device as its file says it (JSON). The hold is what keeps it from sending.
CREATE TABLE devices (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  settings    TEXT NOT NULL,
  enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  hold_reason TEXT CHECK (hold_reason IN
    ('operator','cooling_down','unreachable','down','blocked','bad_credentials','unbuildable')),
  hold_until  INTEGER,
  hold_detail TEXT,
  applied_at  INTEGER NOT NULL
) STRICT;

-- What a device has used of its pace: written with every claim, so kept apart from the wide row above.
CREATE TABLE paces (
  device_id         INTEGER PRIMARY KEY REFERENCES devices (id),
  next_allowed_at   INTEGER NOT NULL,
  last_dispatch_at  INTEGER,
  first_dispatch_at INTEGER,
  day               INTEGER NOT NULL,
  day_count         INTEGER NOT NULL,
  hour              INTEGER NOT NULL,
  hour_count        INTEGER NOT NULL,
  run_count         INTEGER NOT NULL
) STRICT;

-- Whom a device wrote to on which of its days; kept only for devices with a cap on recipients.
CREATE TABLE recipients (
  device_id INTEGER NOT NULL,
  day       INTEGER NOT NULL,
  lead_id   INTEGER NOT NULL,
  PRIMARY KEY (device_id, day, lead_id)
) STRICT, WITHOUT ROWID;
