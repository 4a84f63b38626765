SELECT t.enrollment_id, t.step, d.name, t.code, t.dispatched_at, t.answered_at, t.detail, t.id
FROM retries AS t CROSS JOIN devices AS d ON d.id = t.device_id
WHERE t.id > :after ORDER BY t.id LIMIT :limit
