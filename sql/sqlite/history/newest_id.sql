SELECT max(id) FROM history_0000_00
