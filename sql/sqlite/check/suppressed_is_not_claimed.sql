-- No dispatch to a lead with a suppressed address was marked after the suppression was committed.
SELECT 'enrollment ' || p.enrollment_id || ', step ' || p.step || ': marked at ' || p.claimed_at
FROM processing AS p CROSS JOIN leads AS l ON l.id = p.lead_id
WHERE EXISTS (SELECT 1 FROM suppressions AS x
              WHERE x.address = l.address AND p.claimed_at > x.newest_mark_at)
   OR EXISTS (SELECT 1 FROM suppressions AS x
              WHERE x.address = l.email AND p.claimed_at > x.newest_mark_at)
   OR EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
              WHERE a.lead_id = l.id AND p.claimed_at > x.newest_mark_at)
