-- A page of pending messages in the order of their clustered key; names are one seek each.
SELECT p.enrollment_id, p.step, 'pending', NULL, e.lead_id, l.address, s.name, v.number, d.name,
       t.variant, p.tries, p.due_at, t.dispatched_at, NULL, NULL, t.detail,
       e.sequence_id, p.device_id, p.due_at
FROM pending AS p CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN versions AS v ON v.id = e.version_id
CROSS JOIN devices AS d ON d.id = p.device_id
LEFT JOIN retries AS t ON t.id =
  (SELECT max(n.id) FROM retries AS n WHERE n.enrollment_id = p.enrollment_id AND n.step = p.step)
WHERE (p.device_id, p.due_at, p.enrollment_id, p.step) > (:device_id, :due_at, :enrollment_id, :step)
  AND p.device_id <= :last_device_id
ORDER BY p.device_id, p.due_at, p.enrollment_id, p.step LIMIT :looks
