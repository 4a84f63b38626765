UPDATE leads SET address = 'erased:' || id, email = NULL, zone = NULL, region = NULL, device = NULL,
  fields = '{}', source = NULL, source_key = NULL, changed_at = :now
WHERE id = :lead_id AND address NOT GLOB 'erased:*'
