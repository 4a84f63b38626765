-- An enrollment knows how many of its messages wait or are being sent.
SELECT 'enrollment ' || e.id || ': ' || e.outstanding || ' known, ' || coalesce(o.found, 0) || ' found'
FROM enrollments AS e LEFT JOIN (
  SELECT enrollment_id, count(*) AS found FROM (
    SELECT enrollment_id FROM pending
    UNION ALL SELECT enrollment_id FROM parked
    UNION ALL SELECT enrollment_id FROM processing
  ) GROUP BY enrollment_id
) AS o ON o.enrollment_id = e.id
WHERE e.outstanding <> coalesce(o.found, 0)
