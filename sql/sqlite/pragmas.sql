-- What every writing connection is set to; `pragmas_are_as_written` reads each one back.
PRAGMA journal_mode = WAL;            -- readers never wait for the writer
PRAGMA synchronous = FULL;            -- a dispatch mark is on the disk before the first byte leaves
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -32768;           -- 32 MiB
PRAGMA wal_autocheckpoint = 8000;     -- pages of 4 KiB: what many devices write again and again is copied once
PRAGMA journal_size_limit = 67108864; -- the log is cut back to 64 MiB after a long reader
