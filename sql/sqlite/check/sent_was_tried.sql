-- What was sent was tried, and what was not sent has a reason.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ', ' || state
FROM history_0000_00
WHERE id > :after AND id <= :up_to
  AND CASE state WHEN 'sent' THEN dispatched_at IS NULL OR reason IS NOT NULL ELSE reason IS NULL END
