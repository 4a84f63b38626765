SELECT journaled, journal_held, home, owner FROM meta
