-- A finished enrollment came to its last step.
SELECT 'enrollment ' || e.id || ': step ' || max(m.step) || ' of ' || json_array_length(v.plan, '$.steps')
FROM messages AS m CROSS JOIN enrollments AS e ON e.id = m.enrollment_id
CROSS JOIN versions AS v ON v.id = e.version_id
WHERE e.state = 'finished' AND NOT EXISTS (SELECT 1 FROM archives)
GROUP BY e.id HAVING max(m.step) < json_array_length(v.plan, '$.steps')
