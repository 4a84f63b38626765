-- Whether a lead is there by an alias or a further key.
SELECT EXISTS (SELECT 1 FROM aliases AS a WHERE a.address = :address)
    OR EXISTS (SELECT 1 FROM other_keys AS k WHERE k.source = :source AND k.source_key = :source_key)
