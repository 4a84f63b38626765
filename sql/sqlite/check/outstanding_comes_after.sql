-- A message that waits or is being sent is of a later step than what has ended before it.
SELECT 'enrollment ' || o.enrollment_id || ': step ' || o.step || ' after step ' || h.step || ', ' || h.state
FROM (
  SELECT enrollment_id, step, previous_id FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL
  SELECT enrollment_id, step, previous_id FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL SELECT enrollment_id, step, previous_id FROM processing
) AS o CROSS JOIN history_0000_00 AS h ON h.id = o.previous_id
WHERE h.step >= o.step
