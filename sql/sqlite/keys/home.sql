SELECT names_home FROM meta
