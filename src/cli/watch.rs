//! Shell: the commands under "Watch".

use clap::Args;

/// `status`: how far everything is.
#[derive(Debug, Clone, Args)]
pub struct Status {
    /// Only this sequence, with its steps
    #[arg(long, value_name = "NAME")]
    pub sequence: Option<String>,

    /// Show at most that many devices; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: u64,
}

/// `why`: which rule holds it.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// Phone number or e-mail address, device name, or message id
    #[arg(value_name = "LEAD|DEVICE|MESSAGE")]
    pub what: String,
}
