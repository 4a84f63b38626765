-- Each message in history follows an earlier one of its enrollment, of another step.
SELECT 'row ' || h.id || ' of enrollment ' || h.enrollment_id || ' follows row ' || h.previous_id
FROM history_0000_00 AS h LEFT JOIN history_0000_00 AS b ON b.id = h.previous_id
WHERE h.id > :after AND h.id <= :up_to AND (
     h.previous_id >= h.id
  OR b.enrollment_id <> h.enrollment_id
  OR b.step = h.step
  OR b.id IS NULL AND h.previous_id >= (SELECT first_id FROM months WHERE month = '0000_00'))
