-- No dispatch to a suppressed address was marked after its suppression was committed.
SELECT 'enrollment ' || p.enrollment_id || ', step ' || p.step || ': marked at ' || p.claimed_at
FROM processing AS p CROSS JOIN leads AS l ON l.id = p.lead_id
CROSS JOIN suppressions AS x ON x.address = l.address
WHERE p.claimed_at > x.newest_mark_at
