-- An address that is some lead's own is no alias of another.
INSERT INTO aliases (address, lead_id)
SELECT :address, :lead_id WHERE NOT EXISTS (SELECT 1 FROM leads AS l WHERE l.address = :address)
ON CONFLICT DO NOTHING
