UNION ALL
SELECT h.enrollment_id, h.step,
  CASE WHEN h.state <> 'sent' THEN h.state
       WHEN r.read_at IS NOT NULL THEN 'read'
       WHEN r.delivered_at IS NOT NULL THEN 'delivered'
       ELSE 'sent' END,
  h.reason, h.device_id, h.version_id, h.variant, h.tries,
  h.due_at, h.dispatched_at, h.ended_at, h.gateway_id, h.detail
FROM history_0000_00 AS h
LEFT JOIN receipts AS r ON r.enrollment_id = h.enrollment_id AND r.step = h.step
