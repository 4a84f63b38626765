-- The address that a lead is written to is no alias of it.
INSERT INTO aliases (address, lead_id)
SELECT :address, :lead_id WHERE NOT EXISTS (SELECT 1 FROM leads AS l WHERE l.address = :address AND l.id = :lead_id)
ON CONFLICT DO NOTHING
