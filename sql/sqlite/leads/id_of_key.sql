-- The lead of a key: its first, else a further one.
SELECT coalesce(
  (SELECT l.id FROM leads AS l WHERE l.source = :source AND l.source_key = :source_key),
  (SELECT k.lead_id FROM other_keys AS k WHERE k.source = :source AND k.source_key = :source_key)
)
