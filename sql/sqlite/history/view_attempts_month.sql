UNION ALL
SELECT enrollment_id, step, device_id, coalesce(code, 'sent'), dispatched_at, ended_at, detail
FROM history_0000_00 WHERE dispatched_at IS NOT NULL
