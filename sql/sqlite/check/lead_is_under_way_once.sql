-- A lead is under way in a sequence once at most.
SELECT 'lead ' || lead_id || ' in sequence ' || sequence_id || ': ' || count(*) || ' enrollments'
FROM enrollments WHERE state IN ('active','paused')
GROUP BY sequence_id, lead_id HAVING count(*) > 1
