-- Every lead that has an address, in this order: as its own, as an alias, beside another.
SELECT l.id FROM leads AS l WHERE l.address = :address
UNION ALL SELECT a.lead_id FROM aliases AS a WHERE a.address = :address
UNION ALL SELECT l.id FROM leads AS l WHERE l.email = :address AND l.email <> l.address
