-- A suppressed or erased lead has no enrollment under way.
SELECT 'enrollment ' || e.id || ' of lead ' || l.id
FROM (
  SELECT l.id FROM suppressions AS x CROSS JOIN leads AS l ON l.address = x.address
  UNION ALL SELECT id FROM leads WHERE address >= 'erased:' AND address < 'erased;'
) AS l CROSS JOIN sequences AS s
CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = l.id
WHERE e.state IN ('active','paused')
