SELECT max(answered_at) FROM retries
WHERE enrollment_id = :enrollment_id AND step = :step AND code = 'ambiguous'
