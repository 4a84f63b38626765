-- A sender's cache is smaller than a bulk writer's: while a file is below 1 GiB, SQLite walks all of its cache at each
-- commit that has moved a page, and what a sender needs again lies in the system's cache as well.
PRAGMA cache_size = -8192
