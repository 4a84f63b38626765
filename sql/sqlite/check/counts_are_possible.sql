-- No count is below zero, and no more was delivered or read than was sent.
SELECT 'sequence ' || sequence_id || ', step ' || step || ', ' || state || ': ' || total
FROM message_counts WHERE total < 0
UNION ALL
SELECT 'sequence ' || sequence_id || ', ' || state || ' enrollments: ' || total
FROM enrollment_counts WHERE total < 0
UNION ALL
SELECT 'sequence ' || sequence_id || ', step ' || step || ': more delivered and read than sent'
FROM message_counts WHERE state IN ('sent','delivered','read')
GROUP BY sequence_id, step HAVING sum(CASE state WHEN 'sent' THEN total ELSE -total END) < 0
