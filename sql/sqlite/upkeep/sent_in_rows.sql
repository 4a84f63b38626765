SELECT v.sequence_id, h.step, count(*)
FROM history_0000_00 AS h CROSS JOIN versions AS v ON v.id = h.version_id
WHERE h.id > :after AND h.id <= :up_to AND h.state = 'sent' GROUP BY v.sequence_id, h.step
