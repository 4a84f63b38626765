-- How many messages wait for a device: its rows lie side by side in the clustered key.
SELECT count(*) FROM pending WHERE device_id = :device_id
