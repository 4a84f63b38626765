-- A lead that is not there yet; nothing happens when its key or its address is known. Most rows of an
-- import are new, and what a lead that is there needs is looked up only then. One row, no SELECT: else
-- SQLite would keep a journal for each statement.
INSERT INTO leads (address, email, zone, region, device, fields, source, source_key, imported_at, changed_at)
VALUES (:address, :email, :zone, :region, :device, :fields, :source, :source_key, :now, :now)
ON CONFLICT DO NOTHING
