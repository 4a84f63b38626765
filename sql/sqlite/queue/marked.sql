-- Every claim with what is needed to settle it. The table is as small as the sends under way.
SELECT p.token, p.due_at, p.enrollment_id, p.step, p.tries, p.resends,
       p.device_id, p.lead_id, p.sequence_id, p.version_id, p.claimed_at,
       l.address, l.email, l.zone, l.region, l.device, l.fields, e.outstanding
FROM processing AS p CROSS JOIN leads AS l ON l.id = p.lead_id
CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
ORDER BY p.due_at, p.enrollment_id, p.step
