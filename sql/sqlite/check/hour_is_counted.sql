-- No device has dispatched more in its hour than it has counted.
-- Where the clock was ever set, an hour may have begun within another.
SELECT 'device ' || p.device_id || ': ' || count(*) || ' dispatched, ' || p.hour_count || ' counted'
FROM history_0000_00 AS h CROSS JOIN paces AS p ON p.device_id = h.device_id
WHERE h.id > :after AND h.id <= :up_to
  AND h.dispatched_at >= p.hour_ends_at - 3600000 AND h.dispatched_at < p.hour_ends_at
  AND (SELECT clock_set_at FROM meta) IS NULL
GROUP BY p.device_id HAVING count(*) > p.hour_count
