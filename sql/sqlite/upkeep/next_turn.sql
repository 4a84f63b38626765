UPDATE check_turns SET turn = turn + 1
