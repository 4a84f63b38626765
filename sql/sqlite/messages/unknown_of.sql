-- What an enrollment has of unknown fate.
SELECT u.enrollment_id, u.step, 'unknown', 'ambiguous', e.lead_id, l.address, s.name, v.number, d.name,
       u.variant, u.tries, u.due_at, u.dispatched_at, u.ended_at, NULL, u.detail,
       e.sequence_id, u.previous_id, u.resends
FROM unknowns AS u CROSS JOIN enrollments AS e ON e.id = u.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN versions AS v ON v.id = u.version_id
CROSS JOIN devices AS d ON d.id = u.device_id
WHERE u.enrollment_id = :enrollment_id
