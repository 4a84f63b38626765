-- Leads that are held since suppressions count for every address of a lead, and that were under way before:
-- the next command stops them.
CREATE TABLE held_anew (
  lead_id INTEGER PRIMARY KEY
) STRICT;
INSERT INTO held_anew (lead_id)
SELECT DISTINCT l.id
FROM (
  SELECT l.id FROM suppressions AS x CROSS JOIN leads AS l ON l.email = x.address AND l.email <> l.address
  UNION SELECT a.lead_id FROM suppressions AS x CROSS JOIN aliases AS a ON a.address = x.address
) AS l CROSS JOIN sequences AS s
CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = l.id
WHERE e.state IN ('active','paused');
