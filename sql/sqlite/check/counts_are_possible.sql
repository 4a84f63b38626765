-- No count is below zero or beyond all measure, and no more was delivered or read than was sent.
SELECT 'message_counts, sequence ' || sequence_id || ', step ' || step || ', ' || state || ': ' || total
FROM message_counts
WHERE total NOT BETWEEN 0 AND 1000000000000000 OR step NOT BETWEEN 1 AND 65535
UNION ALL
SELECT 'enrollment_counts, sequence ' || sequence_id || ', ' || state || ': ' || total
FROM enrollment_counts WHERE total NOT BETWEEN 0 AND 1000000000000000
UNION ALL
SELECT 'device_days, day ' || day || ', device ' || device_id || ': ' || sent || ', ' || failed || ', '
    || unknown || ', ' || retried
FROM device_days
WHERE min(sent, failed, unknown, retried) < 0 OR max(sent, failed, unknown, retried) > 1000000000000000
UNION ALL
SELECT 'minutes, ' || minute_at || ': ' || sent || ', ' || troubled
FROM minutes WHERE min(sent, troubled) < 0 OR max(sent, troubled) > 1000000000000000
UNION ALL
SELECT 'paces, device ' || device_id || ': ' || day_count || ', ' || hour_count || ', ' || run_count
FROM paces
WHERE min(day_count, hour_count, run_count) < 0 OR max(day_count, hour_count, run_count) > 4294967295
UNION ALL
SELECT 'versions, id ' || id || ': number ' || number FROM versions WHERE number NOT BETWEEN 1 AND 4294967295
UNION ALL
-- Not sum(): a number beyond all measure is to be found, not to overflow.
SELECT 'sequence ' || sequence_id || ', step ' || step || ': more delivered and read than sent'
FROM message_counts WHERE state IN ('sent','delivered','read')
GROUP BY sequence_id, step HAVING total(CASE state WHEN 'sent' THEN total ELSE -total END) < 0
