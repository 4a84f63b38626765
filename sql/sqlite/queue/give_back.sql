-- What a claim has counted of its device's day, when nothing of it has left, and the beginning of a ramp that was
-- this claim. After a later claim it is not given back here: that one's pace knows best.
UPDATE paces SET day_count = max(day_count - 1, 0), hour_count = max(hour_count - 1, 0),
  run_count = max(run_count - 1, 0),
  first_dispatch_at = CASE WHEN day_count > 1 OR first_dispatch_at IS NOT last_dispatch_at THEN first_dispatch_at END
WHERE device_id = :device_id AND newest_mark_at = :claimed_at
