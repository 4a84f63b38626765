-- An enrollment knows how many of its messages wait or are being sent.
SELECT 'enrollment ' || enrollment_id || ': ' || sum(known) || ' known, ' || sum(found) || ' found'
FROM (
  SELECT id AS enrollment_id, outstanding AS known, 0 AS found FROM enrollments
  WHERE id >= :first AND id < :end AND device_id % :of = :slice
  UNION ALL
  SELECT enrollment_id, 0, 1 FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
    AND enrollment_id >= :first AND enrollment_id < :end
  UNION ALL
  SELECT enrollment_id, 0, 1 FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
    AND enrollment_id >= :first AND enrollment_id < :end
  UNION ALL
  SELECT enrollment_id, 0, 1 FROM processing
  WHERE device_id % :of = :slice AND enrollment_id >= :first AND enrollment_id < :end
) GROUP BY enrollment_id HAVING sum(known) <> sum(found)
