UPDATE meta SET epoch = epoch + 1, owner = :owner RETURNING epoch
