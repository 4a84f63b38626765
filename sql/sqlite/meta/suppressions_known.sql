SELECT suppressions_at FROM meta
