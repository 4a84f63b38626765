SELECT s.id, s.state, s.triggered_at, v.id, v.number, v.plan
FROM sequences AS s CROSS JOIN versions AS v ON v.sequence_id = s.id
WHERE v.number = (SELECT max(n.number) FROM versions AS n WHERE n.sequence_id = s.id)
ORDER BY s.name
