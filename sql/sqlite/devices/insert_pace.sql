INSERT INTO paces (device_id, next_allowed_at, day, day_count, hour, hour_count, run_count)
VALUES (:device_id, 0, 0, 0, 0, 0, 0)
