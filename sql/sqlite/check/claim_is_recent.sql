-- No claim of the present sender is half an hour older than the newest dispatch of any device.
SELECT 'enrollment ' || p.enrollment_id || ', step ' || p.step || ': claimed at ' || p.claimed_at
FROM processing AS p CROSS JOIN meta AS m
WHERE p.token >> 32 = m.epoch AND p.claimed_at < (SELECT max(last_dispatch_at) FROM paces) - 30 * 60 * 1000
