-- The next due messages of a device, in order; none when it may not dispatch, which is read here so that a
-- pause holds from its commit on. One seek in the clustered key, then a seek each into enrollments, sequences,
-- leads, aliases, and suppressions for each address. CROSS JOIN keeps SQLite from choosing another order.
SELECT p.due_at, p.enrollment_id, p.step, p.tries, p.resends, p.previous_id,
       e.lead_id, e.sequence_id, e.version_id, s.state = 'paused' OR e.state = 'paused',
       l.address, l.email, l.zone, l.region, l.device, l.fields,
       EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.address)
         OR l.email <> l.address AND EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.email)
         OR EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
                    WHERE a.lead_id = l.id),
       e.outstanding, e.last_id
FROM devices AS d
CROSS JOIN pending AS p ON p.device_id = d.id
CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN leads AS l ON l.id = e.lead_id
WHERE d.id = :device_id AND d.enabled AND (d.hold_reason IS NULL OR d.hold_until <= :now)
  AND p.due_at <= :now
ORDER BY p.due_at, p.enrollment_id, p.step
LIMIT :limit
