-- What a device has to send, or the messages of one enrollment in so many. Enrollments are chosen by a
-- hash of their number, because the plain number goes round the devices: each would have all or none.
SELECT p.due_at, p.enrollment_id, p.step, e.lead_id, e.version_id, l.zone
FROM pending AS p
CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN leads AS l ON l.id = e.lead_id
WHERE p.device_id = :device_id
  AND (p.enrollment_id * 2654435761 >> 16) % :one_in = 0
  AND s.state = 'running' AND e.state = 'active'
  AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.address)
  AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.email)
  AND NOT EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
                  WHERE a.lead_id = l.id)
ORDER BY p.due_at, p.enrollment_id, p.step
