-- A lead that is not there yet; nothing happens when its key, its address or an alias is known. One
-- statement for the common case: what a lead that is there needs is looked up only then.
INSERT INTO leads (address, email, zone, region, device, fields, source, source_key, imported_at, changed_at)
SELECT :address, :email, :zone, :region, :device, :fields, :source, :source_key, :now, :now
WHERE NOT EXISTS (SELECT 1 FROM aliases AS a WHERE a.address = :address)
ON CONFLICT DO NOTHING
