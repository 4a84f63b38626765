-- No message to a suppressed address was sent after its suppression was committed.
SELECT 'enrollment ' || h.enrollment_id || ', step ' || h.step || ': marked at ' || h.dispatched_at
FROM history_0000_00 AS h CROSS JOIN enrollments AS e ON e.id = h.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
CROSS JOIN suppressions AS x ON x.address = l.address
WHERE h.id > :after AND h.id <= :up_to AND h.dispatched_at > x.newest_mark_at
