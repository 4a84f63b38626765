-- The lead that is written to at an e-mail address and has no phone at all.
SELECT l.id FROM leads AS l WHERE l.address = :email
AND NOT EXISTS (SELECT 1 FROM aliases AS a WHERE a.lead_id = l.id AND a.address >= '+' AND a.address < ',')
