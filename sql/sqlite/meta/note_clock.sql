UPDATE meta SET boot = :boot, booted_at = :booted_at
