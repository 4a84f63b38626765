-- What goes to the journal after this commit, and what it had before.
UPDATE meta SET journaled = :token, journal_held = max(journal_held, :held)
