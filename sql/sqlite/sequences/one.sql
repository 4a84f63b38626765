SELECT s.id, s.state, s.triggered_at, v.id, v.number, v.plan
FROM sequences AS s CROSS JOIN versions AS v ON v.sequence_id = s.id
WHERE s.name = :name
ORDER BY v.number DESC LIMIT 1
