-- A message that has ended is neither being sent nor of unknown fate.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ', ' || state
FROM history_0000_00
WHERE id > :after AND id <= :up_to AND (
     (enrollment_id, step) IN (SELECT enrollment_id, step FROM processing)
  OR (enrollment_id, step) IN (SELECT enrollment_id, step FROM unknowns))
