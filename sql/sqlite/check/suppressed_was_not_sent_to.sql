-- No message to a lead with a suppressed address was sent after the suppression was committed.
SELECT 'enrollment ' || h.enrollment_id || ', step ' || h.step || ': marked at ' || h.dispatched_at
FROM history_0000_00 AS h CROSS JOIN enrollments AS e ON e.id = h.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
WHERE h.id > :after AND h.id <= :up_to AND (
  EXISTS (SELECT 1 FROM suppressions AS x
          WHERE x.address = l.address AND h.dispatched_at > x.newest_mark_at)
  OR l.email <> l.address
    AND EXISTS (SELECT 1 FROM suppressions AS x
                WHERE x.address = l.email AND h.dispatched_at > x.newest_mark_at)
  OR EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
             WHERE a.lead_id = l.id AND h.dispatched_at > x.newest_mark_at)
)
