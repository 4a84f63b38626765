-- `history_0000_00` stands for the newest month's own name.
INSERT INTO history_0000_00 (id, enrollment_id, step, device_id, version_id, state, reason, code, variant,
  tries, due_at, dispatched_at, ended_at, gateway_id, detail, previous_id)
VALUES (:id, :enrollment_id, :step, :device_id, :version_id, :state, :reason, :code, :variant,
  :tries, :due_at, :dispatched_at, :ended_at, :gateway_id, :detail, :previous_id)
