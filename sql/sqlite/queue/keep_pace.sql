UPDATE paces SET next_allowed_at = :next_allowed_at, last_dispatch_at = :last_dispatch_at,
  newest_mark_at = max(newest_mark_at, :marked_at),
  first_dispatch_at = :first_dispatch_at, day = :day, day_ends_at = :day_ends_at,
  day_count = :day_count, hour_ends_at = :hour_ends_at, hour_count = :hour_count, run_count = :run_count
WHERE device_id = :device_id
