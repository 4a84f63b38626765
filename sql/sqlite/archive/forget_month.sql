DELETE FROM months WHERE month = :month
