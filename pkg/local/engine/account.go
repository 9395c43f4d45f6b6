package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that OpenSearch runs as where this program runs as root, since OpenSearch refuses to.
type account struct{ uid, gid int }

// nobody is that account if this is root, else nil.
func nobody() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	found, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("OpenSearch refuses to run as root, and there is no user nobody to run it as: %w", err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("read the ids of user nobody: %w", err)
	}
	return &account{uid: int(uid), gid: int(gid)}, nil
}

// become makes a process run as the account.
func (a *account) become(attr *syscall.SysProcAttr) {
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}

// own gives a folder and all that is in it to the account.
func (a *account) own(folder string) error {
	if a == nil {
		return nil
	}
	return filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
}

// usable says whether the account may read what lies in folder.
func (a *account) usable(folder string) bool { return a == nil || enterable(folder) }

// enterable says whether everybody may go through the folder and all that it lies in, as far as it exists.
func enterable(folder string) bool {
	for {
		info, err := os.Stat(folder)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if folder == filepath.Dir(folder) {
			return true
		}
		folder = filepath.Dir(folder)
	}
}

// home makes the folder for the account's data: name in dir, or, where dir lies in a folder that only root may
// enter, such as /root, one under /var/tmp that name in dir links to.
func (a *account) home(dir, name string) (string, error) {
	inside := filepath.Join(dir, name)
	if a.usable(dir) {
		return inside, os.MkdirAll(inside, 0o755)
	}
	sum := sha256.Sum256([]byte(dir))
	outside := fmt.Sprintf("%s%s-%s", outsides, name, hex.EncodeToString(sum[:8]))
	if info, err := os.Lstat(outside); err == nil && !a.owns(info) {
		return "", fmt.Errorf("%s belongs to somebody else; move it away", outside)
	}
	link, err := os.Readlink(inside)
	if errors.Is(err, fs.ErrNotExist) { // a new dir; what is outside is of one that was removed
		return outside, errors.Join(os.RemoveAll(outside), os.Mkdir(outside, 0o755), os.Symlink(outside, inside))
	}
	if link != outside {
		return "", fmt.Errorf("%s lies in a folder that user nobody cannot enter, and OpenSearch refuses to run as root; "+
			"move it away or choose another folder", inside)
	}
	return outside, os.MkdirAll(outside, 0o755)
}

// outsides is what the paths of the folders begin with that home makes elsewhere.
const outsides = "/var/tmp/outflow-"

// Remove deletes the folder of engines that were stopped, with all of their data: also what its links lead to.
func Remove(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("delete the engines' folder: %w", err)
	}
	var faults []error
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink == 0 {
			continue
		}
		link, err := os.Readlink(filepath.Join(dir, entry.Name()))
		if err == nil && strings.HasPrefix(link, outsides) {
			err = os.RemoveAll(link)
		}
		faults = append(faults, err)
	}
	return errors.Join(append(faults, os.RemoveAll(dir))...)
}

// owns says whether this is a folder of the account or of root.
func (a *account) owns(info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && info.IsDir() && (int(stat.Uid) == a.uid || stat.Uid == 0)
}
