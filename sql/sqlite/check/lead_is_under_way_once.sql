-- A lead is under way in a sequence once at most.
SELECT 'lead ' || e.lead_id || ' in sequence ' || e.sequence_id || ': ' || count(*) || ' enrollments'
FROM sequences AS s CROSS JOIN enrollments AS e ON e.sequence_id = s.id
WHERE e.lead_id >= :first_lead AND e.lead_id < :end_lead AND e.state IN ('active','paused')
GROUP BY e.sequence_id, e.lead_id HAVING count(*) > 1
