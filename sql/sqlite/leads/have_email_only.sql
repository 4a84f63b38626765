-- Whether any lead is written to at an e-mail address; phones begin with a plus. One that was erased counts,
-- which costs look-ups and changes nothing.
SELECT EXISTS (SELECT 1 FROM leads WHERE address < '+') OR EXISTS (SELECT 1 FROM leads WHERE address >= ',')
