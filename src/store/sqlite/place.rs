//! Which file system a database lies on. Its log is memory that processes of one machine share, and its
//! locks are those of one kernel: over a network neither holds, and two machines can damage the file
//! without a word. An overlay is not meant: it is what a container has for a disk.

use std::path::Path;

use rustix::fs::statfs;

use crate::proving::file_system;

/// What `statfs` answers for file systems that others may write to behind this machine's back, with
/// their names.
const SHARED: &[(u32, &str)] = &[
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE or virtiofs"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x0000_564c, "NCP"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x786f_4256, "a shared folder of VirtualBox"),
    (0xbacb_acbc, "a shared folder of VMware"),
];

/// The name of the file system on which `path` lies, when it is one of a network or shared with another
/// machine. A path that can't be asked about is none.
#[must_use]
pub fn shared_file_system(path: &Path) -> Option<&'static str> {
    // The kernel's number has 32 bits, whatever holds it.
    file_system(name_of(statfs(path).ok()?.f_type as u32))
}

fn name_of(magic: u32) -> Option<&'static str> {
    SHARED.iter().find(|(of, _)| *of == magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_told_from_a_disk() {
        for (magic, name) in [
            (0x6969, Some("NFS")),
            (0xff53_4d42, Some("CIFS")),
            (0xfe53_4d42, Some("SMB")),
            (0x0102_1997, Some("9p")),
            (0x6573_5546, Some("FUSE or virtiofs")),
            (0x5346_414f, Some("AFS")),
            (0x00c3_6400, Some("Ceph")),
            // ext4, XFS, Btrfs, ZFS, F2FS, tmpfs, and the overlay of a container.
            (0xef53, None),
            (0x5846_5342, None),
            (0x9123_683e, None),
            (0x2fc1_2fc1, None),
            (0xf2f5_2010, None),
            (0x0102_1994, None),
            (0x794c_7630, None),
        ] {
            assert_eq!(name_of(magic), name, "{magic:#x}");
        }
    }

    #[test]
    fn no_number_is_listed_twice() {
        let mut magics: Vec<u32> = SHARED.iter().map(|(magic, _)| *magic).collect();
        magics.sort_unstable();
        magics.dedup();
        assert_eq!(magics.len(), SHARED.len());
    }

    #[test]
    fn what_is_not_there_lies_on_no_network() {
        assert_eq!(shared_file_system(Path::new("/there/is/no/such.db")), None);
        assert_eq!(shared_file_system(Path::new("/proc")), None);
    }
}
