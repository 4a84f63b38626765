DELETE FROM aliases WHERE address = :address
