-- Enrolls a lead whom one may write to, unless it is in the sequence already. An erased one keeps its row;
-- who said stop by one address is written to at none.
INSERT INTO enrollments (lead_id, sequence_id, version_id, device_id, round, enrolled_at, outstanding)
SELECT l.id, :sequence_id, :version_id, :device_id, :round, :enrolled_at, :outstanding
FROM leads AS l
WHERE l.id = :lead_id AND l.address NOT GLOB 'erased:*'
  AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address IN (l.address, l.email))
  AND NOT EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
                  WHERE a.lead_id = l.id)
ON CONFLICT DO NOTHING
