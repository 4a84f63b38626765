-- The next device that has anything pending, and when its first message falls due: one seek a device,
-- however many messages there are.
SELECT device_id, due_at FROM pending
WHERE device_id > :device_id ORDER BY device_id, due_at LIMIT 1
