-- A message that waits, is being sent or is of unknown fate agrees with its enrollment.
SELECT 'enrollment ' || o.enrollment_id || ', step ' || o.step || ': ' || o.place
FROM (
  SELECT enrollment_id, step, device_id, NULL AS sequence_id, NULL AS lead_id, 'pending' AS place FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL
  SELECT enrollment_id, step, device_id, sequence_id, NULL, 'parked' FROM parked
  WHERE sequence_id IN (SELECT id FROM sequences)
    AND device_id IN (SELECT id FROM devices WHERE id % :of = :slice)
  UNION ALL SELECT enrollment_id, step, device_id, sequence_id, lead_id, 'processing' FROM processing
  UNION ALL SELECT enrollment_id, step, device_id, sequence_id, lead_id, 'unknown' FROM unknowns
) AS o LEFT JOIN enrollments AS e ON e.id = o.enrollment_id
WHERE e.id IS NULL OR e.device_id <> o.device_id
   OR e.sequence_id <> coalesce(o.sequence_id, e.sequence_id)
   OR e.lead_id <> coalesce(o.lead_id, e.lead_id)
