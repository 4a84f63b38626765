-- A lead that is not there yet; nothing happens when its key or its address is known. One statement
-- for the common case: what a lead that is there needs is looked up only then.
INSERT INTO leads (address, email, zone, region, device, fields, source, source_key, imported_at, changed_at)
SELECT :address, :email, :zone, :region, :device, :fields, :source, :source_key, :now, :now
WHERE NOT EXISTS (SELECT 1 FROM aliases AS a WHERE a.address = :address)
  AND NOT EXISTS (SELECT 1 FROM other_keys AS k WHERE k.source = :source AND k.source_key = :source_key)
ON CONFLICT DO NOTHING
