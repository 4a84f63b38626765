SELECT owner FROM meta
