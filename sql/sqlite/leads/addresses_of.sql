-- Every address of a lead, the one of its messages first.
SELECT l.address FROM leads AS l WHERE l.id = :lead_id
UNION ALL SELECT l.email FROM leads AS l WHERE l.id = :lead_id AND l.email <> l.address
UNION ALL SELECT a.address FROM aliases AS a WHERE a.lead_id = :lead_id
