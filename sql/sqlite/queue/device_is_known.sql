SELECT 1 FROM devices WHERE id = :device_id
