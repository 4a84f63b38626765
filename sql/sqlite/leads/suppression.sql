SELECT address, reason, since_at FROM suppressions WHERE address = :address
