-- An enrollment that has ended has nothing that waits, and what is still being sent knows of its end.
SELECT 'enrollment ' || e.id || ', ' || e.state || ': step ' || o.step || ' ' || o.place
FROM (
  SELECT enrollment_id, step, 'is pending' AS place FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL
  SELECT enrollment_id, step, 'is parked' FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL SELECT enrollment_id, step, 'is being sent' FROM processing WHERE stop_reason IS NULL
) AS o CROSS JOIN enrollments AS e ON e.id = o.enrollment_id
WHERE e.state IN ('finished','stopped')
