-- The first reason and date stay. newest_mark_at is the newest dispatch that the lead's devices had
-- marked when this was committed: what is marked later must not be for this address.
INSERT INTO suppressions (address, reason, since_at, newest_mark_at)
VALUES (:address, :reason, :since_at, (
  SELECT coalesce(max(p.newest_mark_at), 0)
  FROM leads AS l CROSS JOIN sequences AS s
  CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = l.id
  CROSS JOIN paces AS p ON p.device_id = e.device_id
  WHERE l.address = :address
))
ON CONFLICT DO NOTHING
