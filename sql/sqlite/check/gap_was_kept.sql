-- No device dispatched sooner after the message before than its shortest gap, as of the file that holds now.
-- History is in the order of its settlements, which is that of the dispatches of a device with one
-- message in flight. A clock that was set makes a pair that proves nothing.
WITH paced AS MATERIALIZED (
  SELECT id, name, applied_at, json_extract(settings, '$.pace.gap.between.min_ms') AS gap_ms FROM devices
)
SELECT 'device ' || d.name || ': ' || (h.dispatched_at - h.before_at) || ' ms before enrollment '
    || h.enrollment_id || ', step ' || h.step
FROM (
  SELECT id, device_id, enrollment_id, step, dispatched_at,
    lag(dispatched_at) OVER (PARTITION BY device_id ORDER BY id) AS before_at
  FROM history_0000_00 WHERE id > :from AND id <= :up_to AND dispatched_at IS NOT NULL
) AS h CROSS JOIN paced AS d ON d.id = h.device_id
WHERE h.id > :after AND h.before_at > d.applied_at
  AND h.before_at > (SELECT coalesce(clock_set_at, 0) FROM meta)
  AND h.dispatched_at - h.before_at BETWEEN 0 AND d.gap_ms - 1
