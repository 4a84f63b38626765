-- A month's messages that were not sent, of one state and reason: a seek in the partial index.
-- `history_0000_00` stands for the month's own name.
SELECT h.enrollment_id, h.step,
       CASE WHEN h.state <> 'sent' THEN h.state
            WHEN r.read_at IS NOT NULL THEN 'read'
            WHEN r.delivered_at IS NOT NULL THEN 'delivered'
            ELSE 'sent' END AS status,
       h.reason, e.lead_id, l.address, s.name, v.number, d.name,
       coalesce(h.variant, t.variant), h.tries, h.due_at, coalesce(h.dispatched_at, t.dispatched_at),
       h.ended_at, h.gateway_id, coalesce(h.detail, t.detail),
       e.sequence_id, h.id
FROM history_0000_00 AS h CROSS JOIN enrollments AS e ON e.id = h.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
CROSS JOIN sequences AS s ON s.id = e.sequence_id
CROSS JOIN versions AS v ON v.id = h.version_id
CROSS JOIN devices AS d ON d.id = h.device_id
LEFT JOIN receipts AS r ON r.enrollment_id = h.enrollment_id AND r.step = h.step
LEFT JOIN retries AS t ON t.id = CASE WHEN h.dispatched_at IS NULL THEN
  (SELECT max(n.id) FROM retries AS n WHERE n.enrollment_id = h.enrollment_id AND n.step = h.step) END
WHERE h.state = :state AND h.state <> 'sent' AND h.reason = :reason AND h.id > :after
  AND (:device_id IS NULL OR h.device_id = :device_id)
  AND (:sequence_id IS NULL OR e.sequence_id = :sequence_id)
ORDER BY h.id LIMIT :limit
