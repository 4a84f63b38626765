-- No message lies in two places at once.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ': ' || count(*) || ' times'
FROM (
  SELECT enrollment_id, step FROM pending
  UNION ALL SELECT enrollment_id, step FROM parked
  UNION ALL SELECT enrollment_id, step FROM processing
  UNION ALL SELECT enrollment_id, step FROM unknowns
) GROUP BY enrollment_id, step HAVING count(*) > 1
