-- A message that has ended has a step and tries that can be.
SELECT 'history_0000_00, enrollment ' || enrollment_id || ': step ' || step || ', ' || tries || ' tries'
FROM history_0000_00
WHERE id > :after AND id <= :up_to
  AND (step NOT BETWEEN 1 AND 65535 OR tries NOT BETWEEN 0 AND 4294967295
    OR coalesce(variant, 0) NOT BETWEEN 0 AND 65535)
