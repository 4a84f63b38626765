SELECT instance FROM meta
