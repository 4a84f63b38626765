SELECT above, instance FROM key_names ORDER BY above
