-- A finished enrollment came to its last step.
-- Grouped before anything is joined: the sort then holds two numbers a message, and no plan.
WITH lengths AS MATERIALIZED (SELECT id, json_array_length(plan, '$.steps') AS steps FROM versions),
reached AS (SELECT enrollment_id, max(step) AS step FROM messages GROUP BY enrollment_id)
SELECT 'enrollment ' || e.id || ': step ' || r.step || ' of ' || v.steps
FROM reached AS r CROSS JOIN enrollments AS e ON e.id = r.enrollment_id
CROSS JOIN lengths AS v ON v.id = e.version_id
WHERE e.state = 'finished' AND r.step < v.steps AND NOT EXISTS (SELECT 1 FROM archives)
