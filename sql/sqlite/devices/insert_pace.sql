INSERT INTO paces (device_id, next_allowed_at, day, day_count, hour_ends_at, hour_count, run_count)
VALUES (:device_id, 0, 0, 0, 0, 0, 0)
