-- The lead of an address: whose own it is, else who has it as an alias. Of several that is the one that the
-- key names, or the first.
SELECT coalesce(
  (SELECT l.id FROM leads AS l WHERE l.address = :address),
  (SELECT a.lead_id FROM aliases AS a WHERE a.address = :address AND a.lead_id = :by_key),
  (SELECT min(a.lead_id) FROM aliases AS a WHERE a.address = :address)
)
