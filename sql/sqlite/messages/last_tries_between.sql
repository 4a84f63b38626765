-- The last tries of a month's messages in a span of ids. `history_0000_00` stands for the month's own name.
SELECT h.enrollment_id, h.step, d.name, coalesce(h.code, 'sent'), h.dispatched_at, h.ended_at, h.detail, h.id
FROM history_0000_00 AS h CROSS JOIN devices AS d ON d.id = h.device_id
WHERE h.id > :after AND h.id <= :to AND h.dispatched_at IS NOT NULL ORDER BY h.id LIMIT :limit
