SELECT boot, booted_at FROM meta
