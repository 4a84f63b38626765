DELETE FROM aliases WHERE address = :address AND lead_id = :lead_id
