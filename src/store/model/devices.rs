//! Devices, their pace so far, and what holds them.

use super::{Model, State, missing};
use crate::clock::Moment;
use crate::device::{Device, DeviceId, Hold};
use crate::pace::PaceState;
use crate::store::{DeviceChange, Devices, KnownDevice, Result};

impl Devices for Model {
    fn apply_devices(&self, devices: &[Device], _: Moment) -> Result<Vec<DeviceChange>> {
        let mut state = self.state();
        Ok(devices.iter().map(|device| state.apply_device(device)).collect())
    }

    fn devices(&self) -> Result<Vec<KnownDevice>> {
        Ok(self.state().devices.values().cloned().collect())
    }

    fn device(&self, name: &str) -> Result<KnownDevice> {
        let state = self.state();
        let found = state.devices.values().find(|known| known.device.name == name);
        found.cloned().ok_or_else(|| missing("device", name))
    }

    fn hold(&self, device: DeviceId, hold: Option<&Hold>) -> Result<()> {
        self.state().device_mut(device)?.hold = hold.cloned();
        Ok(())
    }
}

impl State {
    fn apply_device(&mut self, device: &Device) -> DeviceChange {
        match self.devices.values_mut().find(|known| known.device.name == device.name) {
            None => {
                let id = DeviceId(self.devices.len() as i64 + 1);
                let pace = PaceState::default();
                self.devices
                    .insert(id, KnownDevice { id, device: device.clone(), pace, hold: None });
                DeviceChange::New
            }
            Some(known) if known.device == *device => DeviceChange::Unchanged,
            Some(known) => {
                known.device = device.clone();
                DeviceChange::Changed
            }
        }
    }
}
