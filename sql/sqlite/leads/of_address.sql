SELECT id, email, zone, region, device, fields, source, source_key FROM leads WHERE address = :address
