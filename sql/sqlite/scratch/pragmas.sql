-- Of a copy that is thrown away, and of nothing else: nobody needs what a power failure would take.
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -262144;          -- 256 MiB
