SELECT suppressions_at, suppressions_file FROM meta
