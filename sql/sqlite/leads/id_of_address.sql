-- The lead of an address: its own, else an alias.
SELECT coalesce(
  (SELECT l.id FROM leads AS l WHERE l.address = :address),
  (SELECT a.lead_id FROM aliases AS a WHERE a.address = :address)
)
