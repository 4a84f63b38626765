SELECT address, email, zone, region, device, fields, source, source_key FROM leads WHERE id = :lead_id
