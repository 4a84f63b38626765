-- A claim was made by the present sender or by one before it.
SELECT 'enrollment ' || p.enrollment_id || ', step ' || p.step || ': reign ' || (p.token >> 32) || ' of ' || m.epoch
FROM processing AS p CROSS JOIN meta AS m
WHERE p.token >> 32 NOT BETWEEN 1 AND m.epoch
