package library

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// verify compares the tarball with the pinned size and integrity before
// anything of it is used.
func verify(ctx context.Context, pkg Package, tarball string, meter *meter) error {
	file, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != pkg.Tarball {
		return fmt.Errorf("%s is not the package that was pinned: %d bytes instead of %d", pkg.Spec(), info.Size(), pkg.Tarball)
	}
	hash := sha512.New()
	if _, err := io.Copy(hash, metered(ctx, file, pkg.Tarball, PhaseVerify, meter)); err != nil {
		return err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != pkg.Integrity {
		return fmt.Errorf("%s is not the package that was pinned: integrity %s instead of %s", pkg.Spec(), got, pkg.Integrity)
	}
	return nil
}

// unpack takes the library, and only that, out of the tarball.
func unpack(ctx context.Context, pkg Package, tarball, to string, meter *meter) error {
	file, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	entries := tar.NewReader(plain)
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s has no package/%s", pkg.Spec(), FileName)
		}
		if err != nil {
			return err
		}
		if entry.Name == "package/"+FileName && entry.Typeflag == tar.TypeReg {
			return write(to, pkg, metered(ctx, io.LimitReader(entries, pkg.Size+1), pkg.Size, PhaseUnpack, meter))
		}
	}
}

func write(path string, pkg Package, from io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, hash), from)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); n != pkg.Size || got != pkg.SHA256 {
		return fmt.Errorf("the library in %s is not the one that was pinned: %d bytes, sha256 %s", pkg.Spec(), n, got)
	}
	// On disk before it gets its name, or a power cut leaves a name for nothing.
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// CheckInstalled compares a library with the pinned size and sha256, reading
// all of it.
func CheckInstalled(ctx context.Context, path string) error {
	pkg, err := ForThisMachine()
	if err != nil {
		return err
	}
	return checkFile(ctx, pkg, path)
}

func checkFile(ctx context.Context, pkg Package, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, metered(ctx, file, pkg.Size, PhaseVerify, newMeter(nil)))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); n != pkg.Size || got != pkg.SHA256 {
		return fmt.Errorf("%s is not libchdb %s: %d bytes, sha256 %s; run `%s --force`", path, Version, n, got, InstallCommand)
	}
	return nil
}

// metered reads until ctx is done and tells the meter.
func metered(ctx context.Context, r io.Reader, total int64, phase string, meter *meter) io.Reader {
	return &meteredReader{ctx: ctx, r: r, total: total, phase: phase, meter: meter}
}

type meteredReader struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
	phase       string
	meter       *meter
}

func (m *meteredReader) Read(p []byte) (int, error) {
	if m.ctx.Err() != nil {
		return 0, context.Cause(m.ctx)
	}
	n, err := m.r.Read(p)
	m.done += int64(n)
	m.meter.set(m.phase, min(m.done, m.total), m.total)
	return n, err
}
