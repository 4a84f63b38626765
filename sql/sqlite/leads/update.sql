UPDATE leads SET address = :address, email = :email, zone = :zone, region = :region, device = :device,
  fields = :fields, source = :source, source_key = :source_key, changed_at = :now
WHERE id = :lead_id
