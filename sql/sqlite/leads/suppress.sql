-- The first reason and date stay. newest_mark_at is the newest dispatch that the devices of its leads had
-- marked when this was committed: what is marked later must not be for them.
INSERT INTO suppressions (address, reason, since_at, newest_mark_at)
VALUES (:address, :reason, :since_at, (
  SELECT coalesce(max(p.newest_mark_at), 0)
  FROM sequences AS s
  CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id IN (
    SELECT l.id FROM leads AS l WHERE l.address = :address
    UNION ALL SELECT a.lead_id FROM aliases AS a WHERE a.address = :address
    UNION ALL SELECT l.id FROM leads AS l WHERE l.email = :address AND l.email <> l.address
  )
  CROSS JOIN paces AS p ON p.device_id = e.device_id
))
ON CONFLICT DO NOTHING
