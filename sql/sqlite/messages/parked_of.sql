-- The same of what waits for the operator.
SELECT p.enrollment_id, p.step, 'pending', NULL, e.lead_id, l.address, s.name, v.number, d.name,
       t.variant, p.tries, p.due_at, t.dispatched_at, NULL, NULL, t.detail,
       e.sequence_id, p.previous_id, p.resends
FROM parked AS p CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN versions AS v ON v.id = e.version_id
CROSS JOIN devices AS d ON d.id = p.device_id
LEFT JOIN retries AS t ON t.id =
  (SELECT max(n.id) FROM retries AS n WHERE n.enrollment_id = p.enrollment_id AND n.step = p.step)
WHERE p.sequence_id = :sequence_id AND p.device_id = :device_id AND p.enrollment_id = :enrollment_id
