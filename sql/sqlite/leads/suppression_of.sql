-- What keeps a lead from being written to, whichever of its addresses it names.
SELECT x.address, x.reason, x.since_at
FROM leads AS l CROSS JOIN suppressions AS x ON x.address = l.address
WHERE l.id = :lead_id
UNION ALL
SELECT x.address, x.reason, x.since_at
FROM leads AS l CROSS JOIN suppressions AS x ON x.address = l.email
WHERE l.id = :lead_id AND l.email <> l.address
UNION ALL
SELECT x.address, x.reason, x.since_at
FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
WHERE a.lead_id = :lead_id
LIMIT 1
