SELECT minute_at, sent, troubled FROM minutes WHERE minute_at >= :from ORDER BY minute_at
