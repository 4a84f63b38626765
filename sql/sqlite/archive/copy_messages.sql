-- A span of ids, so that each read of the live file is short. `history_0000_00` stands for the month's own name.
INSERT INTO messages
SELECT h.id, h.enrollment_id, h.step, e.lead_id, e.sequence_id, s.name, v.number, d.name,
  CASE WHEN h.state <> 'sent' THEN h.state
       WHEN r.read_at IS NOT NULL THEN 'read'
       WHEN r.delivered_at IS NOT NULL THEN 'delivered'
       ELSE 'sent' END,
  h.reason, h.code, h.variant, h.tries, h.due_at, h.dispatched_at, h.ended_at,
  r.delivered_at, r.read_at, h.gateway_id, h.detail, h.previous_id
FROM live.history_0000_00 AS h
CROSS JOIN live.enrollments AS e ON e.id = h.enrollment_id
CROSS JOIN live.sequences AS s ON s.id = e.sequence_id
CROSS JOIN live.versions AS v ON v.id = h.version_id
CROSS JOIN live.devices AS d ON d.id = h.device_id
LEFT JOIN live.receipts AS r ON r.enrollment_id = h.enrollment_id AND r.step = h.step
WHERE h.id > :after AND h.id <= :to
