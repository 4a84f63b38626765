-- A lead with a suppressed address, or an erased one, has no enrollment under way.
SELECT 'enrollment ' || e.id || ' of lead ' || l.id
FROM (
  SELECT l.id FROM suppressions AS x CROSS JOIN leads AS l ON l.address = x.address
  UNION SELECT l.id FROM suppressions AS x
  CROSS JOIN leads AS l ON l.email = x.address AND l.email <> l.address
  UNION SELECT a.lead_id FROM suppressions AS x CROSS JOIN aliases AS a ON a.address = x.address
  UNION SELECT id FROM leads WHERE address >= 'erased:' AND address < 'erased;'
) AS l CROSS JOIN sequences AS s
CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = l.id
WHERE e.state IN ('active','paused')
