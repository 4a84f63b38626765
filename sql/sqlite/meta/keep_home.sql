UPDATE meta SET home = :home
