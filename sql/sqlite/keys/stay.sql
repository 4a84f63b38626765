UPDATE meta SET names_home = :home
