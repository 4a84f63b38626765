-- No message is dispatched before it is due.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ': due at ' || due_at || ', marked at ' || marked_at
FROM (
  SELECT enrollment_id, step, due_at, claimed_at AS marked_at FROM processing
  UNION ALL SELECT enrollment_id, step, due_at, dispatched_at FROM unknowns
) WHERE marked_at < due_at
