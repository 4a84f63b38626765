-- Those of some leads (a JSON array of ids) to whom nobody may write, and those that are not there. Whoever said
-- stop by one address is written to at none. An erased lead keeps its row, but nobody may write to it.
SELECT c.value, l.id IS NULL
FROM json_each(:leads) AS c LEFT JOIN leads AS l ON l.id = c.value
WHERE l.id IS NULL
   OR l.address GLOB 'erased:*'
   OR EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.address)
   OR l.email <> l.address AND EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.email)
   OR EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
              WHERE a.lead_id = l.id)
