-- How the journal beside the file is told from an older one, and its suppressions from another's.
ALTER TABLE meta ADD COLUMN journal_held INTEGER NOT NULL DEFAULT 0;    -- a token that the journal is sure to have reached
ALTER TABLE meta ADD COLUMN suppressions_file TEXT NOT NULL DEFAULT ''; -- which file suppressions_at is a place in
