-- Enrolls a lead whom one may write to, unless it is in the sequence already. An erased one keeps its row.
INSERT INTO enrollments (lead_id, sequence_id, version_id, device_id, round, enrolled_at, outstanding)
SELECT l.id, :sequence_id, :version_id, :device_id, :round, :enrolled_at, :outstanding
FROM leads AS l
WHERE l.id = :lead_id AND l.address NOT GLOB 'erased:*'
  AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.address)
ON CONFLICT DO NOTHING
