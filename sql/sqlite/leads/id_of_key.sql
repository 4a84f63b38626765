SELECT id FROM leads WHERE source = :source AND source_key = :source_key
