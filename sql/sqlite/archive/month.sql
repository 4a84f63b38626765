SELECT touched FROM months WHERE month = :month
