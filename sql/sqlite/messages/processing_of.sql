-- What an enrollment has in the air. The table is as small as the sends under way.
SELECT p.enrollment_id, p.step, 'processing', NULL, e.lead_id, l.address, s.name, v.number, d.name,
       t.variant, p.tries, p.due_at, p.claimed_at, NULL, NULL, t.detail,
       e.sequence_id, p.previous_id, p.resends
FROM processing AS p CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN versions AS v ON v.id = p.version_id
CROSS JOIN devices AS d ON d.id = p.device_id
LEFT JOIN retries AS t ON t.id =
  (SELECT max(n.id) FROM retries AS n WHERE n.enrollment_id = p.enrollment_id AND n.step = p.step)
WHERE p.enrollment_id = :enrollment_id
