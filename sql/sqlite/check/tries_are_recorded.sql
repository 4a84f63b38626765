-- Each try before a message's last one is on record.
SELECT 'enrollment ' || h.enrollment_id || ', step ' || h.step || ': ' || h.tries || ' tries'
FROM history_0000_00 AS h
WHERE h.id > :after AND h.id <= :up_to AND h.tries > 1 AND h.tries - 1 > (
  SELECT count(*) FROM retries AS r WHERE r.enrollment_id = h.enrollment_id AND r.step = h.step
)
