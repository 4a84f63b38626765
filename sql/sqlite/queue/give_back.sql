-- What a claim has used up of its device's day, when nothing of it has left. After a later claim it is not given
-- back here: that one's pace knows best.
UPDATE paces SET day_count = max(day_count - 1, 0), hour_count = max(hour_count - 1, 0),
  run_count = max(run_count - 1, 0)
WHERE device_id = :device_id AND newest_mark_at = :claimed_at
