-- Whether any lead has an alias or a further key, which most databases are long without.
SELECT EXISTS (SELECT 1 FROM aliases LIMIT 1) OR EXISTS (SELECT 1 FROM other_keys LIMIT 1)
