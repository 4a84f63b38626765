-- The lead that is written to at another's e-mail address and has no phone but those of that other.
SELECT l.id FROM leads AS l WHERE l.address = :email AND l.id <> :lead_id
AND NOT EXISTS (
  SELECT 1 FROM aliases AS a WHERE a.lead_id = l.id AND a.address >= '+' AND a.address < ','
  AND NOT EXISTS (SELECT 1 FROM aliases AS own WHERE own.address = a.address AND own.lead_id = :lead_id)
)
