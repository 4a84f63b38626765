-- Every try: those that did not end their message, and the last one of each that ended.
DROP VIEW IF EXISTS attempts;
CREATE VIEW attempts (enrollment_id, step, device_id, code, dispatched_at, answered_at, detail) AS
SELECT enrollment_id, step, device_id, code, dispatched_at, answered_at, detail FROM retries
UNION ALL
SELECT enrollment_id, step, device_id, 'ambiguous', dispatched_at, ended_at, detail FROM unknowns
