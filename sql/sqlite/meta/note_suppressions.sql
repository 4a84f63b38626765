UPDATE meta SET suppressions_at = :suppressions_at, suppressions_file = :suppressions_file
