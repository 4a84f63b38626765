-- What an enrollment or a message remembers as its newest row of history is its own.
SELECT 'enrollment ' || o.enrollment_id || ' follows row ' || h.id || ' of enrollment ' || h.enrollment_id
FROM (
  SELECT enrollment_id, previous_id FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL
  SELECT enrollment_id, previous_id FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL SELECT enrollment_id, previous_id FROM processing
  UNION ALL SELECT enrollment_id, previous_id FROM unknowns
  UNION ALL SELECT id, last_id FROM enrollments WHERE id >= :first AND id < :end
) AS o CROSS JOIN history_0000_00 AS h ON h.id = o.previous_id
WHERE h.enrollment_id <> o.enrollment_id
