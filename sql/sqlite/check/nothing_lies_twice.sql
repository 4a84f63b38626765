-- No message lies in two places at once.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ': ' || count(*) || ' times'
FROM (
  SELECT enrollment_id, step FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL
  SELECT enrollment_id, step FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL SELECT enrollment_id, step FROM processing
  UNION ALL SELECT enrollment_id, step FROM unknowns
) GROUP BY enrollment_id, step HAVING count(*) > 1
