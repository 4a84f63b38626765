-- The first lead of a key, whatever its source: one seek a source, of which there are few.
WITH RECURSIVE firsts (source) AS (
  SELECT min(source) FROM leads WHERE source_key IS NOT NULL
  UNION ALL
  SELECT (SELECT min(l.source) FROM leads AS l WHERE l.source > s.source AND l.source_key IS NOT NULL)
  FROM firsts AS s WHERE s.source IS NOT NULL
), others (source) AS (
  SELECT min(source) FROM other_keys
  UNION ALL
  SELECT (SELECT min(k.source) FROM other_keys AS k WHERE k.source > s.source)
  FROM others AS s WHERE s.source IS NOT NULL
)
SELECT l.id FROM firsts AS s
CROSS JOIN leads AS l ON l.source = s.source AND l.source_key = :source_key
UNION ALL
SELECT k.lead_id FROM others AS s
CROSS JOIN other_keys AS k ON k.source = s.source AND k.source_key = :source_key
ORDER BY 1 LIMIT 1
