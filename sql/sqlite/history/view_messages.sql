-- Every message wherever it lies, for people with a SQL shell. A part for each month follows.
DROP VIEW IF EXISTS messages;
CREATE VIEW messages (enrollment_id, step, status, reason, device_id, version_id, variant, tries,
  due_at, dispatched_at, ended_at, gateway_id, detail) AS
SELECT p.enrollment_id, p.step, 'pending', NULL, p.device_id, e.version_id, NULL, p.tries,
  p.due_at, NULL, NULL, NULL, NULL
FROM pending AS p JOIN enrollments AS e ON e.id = p.enrollment_id
UNION ALL
SELECT p.enrollment_id, p.step, 'pending', NULL, p.device_id, e.version_id, NULL, p.tries,
  p.due_at, NULL, NULL, NULL, NULL
FROM parked AS p JOIN enrollments AS e ON e.id = p.enrollment_id
UNION ALL
SELECT enrollment_id, step, 'processing', NULL, device_id, version_id, NULL, tries,
  due_at, claimed_at, NULL, NULL, NULL
FROM processing
UNION ALL
SELECT enrollment_id, step, 'unknown', NULL, device_id, version_id, variant, tries,
  due_at, dispatched_at, ended_at, NULL, detail
FROM unknowns
