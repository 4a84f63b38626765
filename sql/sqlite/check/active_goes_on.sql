-- An active enrollment has exactly one outstanding message, or at least one under `upfront`.
WITH lazy AS MATERIALIZED (SELECT id FROM versions WHERE json_extract(plan, '$.schedule') = 'lazy')
SELECT 'enrollment ' || id || ': ' || outstanding || ' outstanding'
FROM enrollments
WHERE id >= :first AND id < :end AND state = 'active'
  AND (outstanding < 1 OR outstanding > 1 AND version_id IN (SELECT id FROM lazy))
