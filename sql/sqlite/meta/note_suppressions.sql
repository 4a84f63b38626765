UPDATE meta SET suppressions_at = :suppressions_at
