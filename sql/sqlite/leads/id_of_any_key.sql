-- The lead of a key, whatever its source: one seek a source, of which there are few.
WITH RECURSIVE sources (source) AS (
  SELECT min(source) FROM leads WHERE source_key IS NOT NULL
  UNION ALL
  SELECT (SELECT min(l.source) FROM leads AS l WHERE l.source > s.source AND l.source_key IS NOT NULL)
  FROM sources AS s WHERE s.source IS NOT NULL
)
SELECT l.id FROM sources AS s CROSS JOIN leads AS l ON l.source = s.source AND l.source_key = :source_key
LIMIT 1
