SELECT name FROM field_names
