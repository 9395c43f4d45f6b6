package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// checkRoom fails where the disk that holds folder, or will hold it, has fewer than need bytes for this user.
func checkRoom(folder string, need int64) error {
	free, err := freeSpace(folder)
	if err != nil {
		return err
	}
	if free < need {
		return fmt.Errorf("too little disk: %d MB are needed, %d MB are free", need/mega, free/mega)
	}
	return nil
}

func freeSpace(folder string) (int64, error) {
	folder, err := existing(folder)
	if err != nil {
		return 0, err
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, fmt.Errorf("ask for the free space of %s: %w", folder, err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:unconvert // the types differ between systems
}

// existing returns the folder itself or its nearest parent that exists.
func existing(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(folder)
		if !errors.Is(err, fs.ErrNotExist) || folder == filepath.Dir(folder) {
			return folder, err
		}
		folder = filepath.Dir(folder)
	}
}
