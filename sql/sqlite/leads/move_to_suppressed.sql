-- A lead has come to an address that was suppressed before: what was marked so far went elsewhere.
UPDATE suppressions SET newest_mark_at = max(newest_mark_at, (
  SELECT coalesce(max(p.newest_mark_at), 0)
  FROM leads AS l CROSS JOIN sequences AS s
  CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = l.id
  CROSS JOIN paces AS p ON p.device_id = e.device_id
  WHERE l.address = suppressions.address
))
WHERE address = :address
