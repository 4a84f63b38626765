SELECT journaled, home, owner FROM meta
