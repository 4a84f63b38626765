-- A message that waits, is being sent or is of unknown fate has a step, tries and a due time that can be.
-- No time lies beyond the year 9999.
SELECT place || ', enrollment ' || enrollment_id || ': step ' || step || ', ' || tries || ' tries, '
    || resends || ' resends, due at ' || due_at
FROM (
  SELECT 'pending' AS place, enrollment_id, step, tries, resends, due_at, 0 AS variant FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL
  SELECT 'parked', enrollment_id, step, tries, resends, due_at, 0 FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL SELECT 'processing', enrollment_id, step, tries, resends, due_at, 0 FROM processing
  UNION ALL SELECT 'unknowns', enrollment_id, step, tries, resends, due_at, variant FROM unknowns
)
WHERE due_at NOT BETWEEN 0 AND 253402300800000 OR step NOT BETWEEN 1 AND 65535 OR variant NOT BETWEEN 0 AND 65535
   OR min(tries, resends) < 0 OR max(tries, resends) > 4294967295
