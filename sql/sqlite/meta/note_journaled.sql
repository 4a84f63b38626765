UPDATE meta SET journaled = :token
