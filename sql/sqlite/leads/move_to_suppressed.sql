-- A lead has come to an address that was suppressed before: what was marked so far went elsewhere.
UPDATE suppressions SET newest_mark_at = max(newest_mark_at, (
  SELECT coalesce(max(p.newest_mark_at), 0)
  FROM sequences AS s
  CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = :lead_id
  CROSS JOIN paces AS p ON p.device_id = e.device_id
))
WHERE address = :address
