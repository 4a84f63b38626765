-- No device has dispatched more in its hour than it has counted.
-- An hour that does not end on the hour, or marks that went back, tell of a clock that was set: then the
-- times of the marks are by another clock than the end of the hour.
SELECT 'device ' || p.device_id || ': ' || count(*) || ' dispatched, ' || p.hour_count || ' counted'
FROM history_0000_00 AS h CROSS JOIN paces AS p ON p.device_id = h.device_id
WHERE h.id > :after AND h.id <= :up_to
  AND h.dispatched_at >= p.hour_ends_at - 3600000 AND h.dispatched_at < p.hour_ends_at
  AND p.hour_ends_at % 3600000 = 0 AND p.newest_mark_at = coalesce(p.last_dispatch_at, 0)
GROUP BY p.device_id HAVING count(*) > p.hour_count
