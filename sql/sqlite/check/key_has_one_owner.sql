-- An address is that of one lead: no lead's own address is an alias of another, no first key another's further one.
SELECT 'alias of lead ' || a.lead_id || ' is the address of lead ' || l.id
FROM aliases AS a CROSS JOIN leads AS l ON l.address = a.address
WHERE a.lead_id >= :first_lead AND a.lead_id < :end_lead
UNION ALL
SELECT 'further key of lead ' || k.lead_id || ' is the key of lead ' || l.id
FROM other_keys AS k CROSS JOIN leads AS l ON l.source = k.source AND l.source_key = k.source_key
WHERE k.lead_id >= :first_lead AND k.lead_id < :end_lead
