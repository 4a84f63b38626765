SELECT address, reason, since_at FROM suppressions
WHERE address > :after ORDER BY address LIMIT :limit
