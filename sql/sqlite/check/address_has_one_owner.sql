-- An address is that of one lead: no lead's own address is an alias of another, no first key another's further one.
SELECT 'alias of lead ' || a.lead_id || ' is the address of lead ' || l.id
FROM aliases AS a CROSS JOIN leads AS l ON l.address = a.address
UNION ALL
SELECT 'further key of lead ' || k.lead_id || ' is the key of lead ' || l.id
FROM other_keys AS k CROSS JOIN leads AS l ON l.source = k.source AND l.source_key = k.source_key
