//! Port: devices, their pace so far, and what holds them.

use crate::clock::Moment;
use crate::device::{Device, DeviceId, Hold};
use crate::pace::PaceState;
use crate::store::Result;

/// A device as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownDevice {
    /// The store's row.
    pub id: DeviceId,
    /// What its file says.
    pub device: Device,
    /// What it has used of its pace.
    pub pace: PaceState,
    /// What keeps it from sending, also when that has ended by now.
    pub hold: Option<Hold>,
}

/// What applying a device file did to one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChange {
    /// It was not there before.
    New,
    /// It was there with other settings.
    Changed,
    /// It was there just so.
    Unchanged,
}

/// Remembers devices.
pub trait Devices: Send + Sync {
    /// Inserts or changes devices by name and answers in their order. Devices that are not named stay
    /// as they are; pace so far and holds are never touched.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn apply_devices(&self, devices: &[Device], now: Moment) -> Result<Vec<DeviceChange>>;

    /// All devices, by id.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn devices(&self) -> Result<Vec<KnownDevice>>;

    /// One device by name.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Missing`] when there is none.
    fn device(&self, name: &str) -> Result<KnownDevice>;

    /// Holds a device, or lets it go; no dispatch of it is marked from the commit on. This replaces
    /// any hold, while the hold of a settlement replaces only one that ends earlier.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn hold(&self, device: DeviceId, hold: Option<&Hold>) -> Result<()>;
}
