-- No claim of the present sender is both half an hour and a thousand claims older than its newest.
-- By the hours alone, what is in the air as a machine sleeps would seem forgotten when it wakes.
SELECT 'enrollment ' || p.enrollment_id || ', step ' || p.step || ': claimed at ' || p.claimed_at
FROM processing AS p CROSS JOIN meta AS m
WHERE p.token >> 32 = m.epoch AND p.claimed_at < (SELECT max(last_dispatch_at) FROM paces) - 30 * 60 * 1000
  AND p.token < max(m.journaled, (SELECT max(token) FROM processing)) - 1000
