SELECT v.number, count(*)
FROM enrollments AS e CROSS JOIN versions AS v ON v.id = e.version_id
WHERE e.sequence_id = :sequence_id AND e.state IN ('active','paused')
GROUP BY v.number ORDER BY v.number
