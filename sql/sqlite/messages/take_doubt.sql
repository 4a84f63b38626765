-- The last ambiguous try of a message in doubt, which is now the one that ends it.
DELETE FROM retries WHERE id =
  (SELECT max(t.id) FROM retries AS t
   WHERE t.enrollment_id = :enrollment_id AND t.step = :step AND t.code = 'ambiguous')
RETURNING variant, dispatched_at, answered_at, detail
