-- The earliest due time of a device: one seek.
SELECT due_at FROM pending WHERE device_id = :device_id ORDER BY due_at LIMIT 1
