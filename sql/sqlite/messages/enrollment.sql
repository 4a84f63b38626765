SELECT e.id, e.lead_id, e.sequence_id, s.name, s.state = 'paused', e.version_id, v.number, e.device_id, d.name,
       e.state, e.reason, e.enrolled_at, e.ended_at, e.last_id, e.round
FROM enrollments AS e
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN versions AS v ON v.id = e.version_id
CROSS JOIN devices AS d ON d.id = e.device_id
WHERE e.id = :enrollment_id
