DELETE FROM suppressions WHERE address = :address
