-- An active enrollment has exactly one outstanding message, or at least one under `upfront`.
SELECT 'enrollment ' || e.id || ': ' || e.outstanding || ' outstanding'
FROM enrollments AS e CROSS JOIN versions AS v ON v.id = e.version_id
WHERE e.state = 'active' AND (
  e.outstanding < 1 OR e.outstanding > 1 AND json_extract(v.plan, '$.schedule') = 'lazy'
)
