-- A key is that of one lead: no lead's first key is a further one of another.
SELECT 'further key of lead ' || k.lead_id || ' is the key of lead ' || l.id
FROM other_keys AS k CROSS JOIN leads AS l ON l.source = k.source AND l.source_key = k.source_key
WHERE k.lead_id >= :first_lead AND k.lead_id < :end_lead
