-- An enrollment that has ended has nothing that waits, and what is still being sent knows of its end.
SELECT 'enrollment ' || e.id || ', ' || e.state || ': step ' || o.step || ' ' || o.place
FROM (
  SELECT enrollment_id, step, 'is pending' AS place FROM pending
  UNION ALL SELECT enrollment_id, step, 'is parked' FROM parked
  UNION ALL SELECT enrollment_id, step, 'is being sent' FROM processing WHERE stop_reason IS NULL
) AS o CROSS JOIN enrollments AS e ON e.id = o.enrollment_id
WHERE e.state IN ('finished','stopped')
