INSERT INTO attempts
SELECT t.enrollment_id, t.step, d.name, t.code, t.variant, t.dispatched_at, t.answered_at, t.detail
FROM live.retries AS t CROSS JOIN live.devices AS d ON d.id = t.device_id
WHERE EXISTS (SELECT 1 FROM messages AS m WHERE m.enrollment_id = t.enrollment_id AND m.step = t.step)
ORDER BY t.id
