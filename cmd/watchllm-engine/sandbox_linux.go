package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The sandbox is a Landlock domain: whatever a statement makes the engine do,
// the kernel lets the process open nothing but its own folder and what a program
// needs to run, connect to nothing and signal nobody. It stands behind the
// grants, of which the engine's function file(), for one, knows nothing.
//
// A domain belongs to the thread that enters it and is kept over exec, so the
// process enters it on one thread and becomes itself again.

// stageVariable marks the second run of the program, inside the sandbox.
const stageVariable = "WATCHLLM_ENGINE_SANDBOXED"

// The second run is called "exe" in process lists, after the link it was started from, until it says its name. init runs
// on the main thread, whose name is the process's.
func init() {
	if sandboxed() {
		name := []byte("watchllm-engine\x00")
		_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0)
	}
}

func sandboxed() bool { return os.Getenv(stageVariable) == "1" }

// errNoSandbox is a kernel, or a container, without Landlock.
var errNoSandbox = errors.New("no Landlock here (it came with Linux 5.13)")

// self stays what it is when the file was replaced in the meantime.
const self = "/proc/self/exe"

const (
	readFile = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readTree = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	runTree  = readTree | unix.LANDLOCK_ACCESS_FS_EXECUTE
	runFile  = readFile | unix.LANDLOCK_ACCESS_FS_EXECUTE

	// ownTree leaves out devices, sockets and links: nobody needs them there.
	ownTree = readTree | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_REFER | unix.LANDLOCK_ACCESS_FS_TRUNCATE

	allOfVersion1 = 1<<13 - 1
)

// systemPaths are what the engine and the C library read on any system. Of
// /proc, Landlock keeps the secrets of other processes back by itself.
var systemPaths = map[string]uint64{
	self:   runFile,
	"/lib": runTree, "/lib64": runTree, "/usr/lib": runTree, "/usr/lib64": runTree, "/nix/store": runTree,
	"/etc/ld.so.cache": readFile, "/etc/localtime": readFile, "/etc/timezone": readFile, "/usr/share/zoneinfo": readTree,
	"/proc": readTree, "/sys/fs/cgroup": readTree, "/sys/devices/system": readTree,
	"/dev/null": readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE, "/dev/zero": readFile, "/dev/urandom": readFile, "/dev/random": readFile,
}

// enterSandbox runs the program again, with args, where only these folders and
// files are open. It returns only with an error: errNoSandbox while nothing has
// changed, any other when this process is of no use any more.
func enterSandbox(args []string, own []string, read []string) error {
	ruleset, err := makeRuleset(own, read)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(ruleset) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("%w: %w", errNoSandbox, err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), 0, 0); errno != 0 {
		return fmt.Errorf("%w: %w", errNoSandbox, errno)
	}
	dropCapabilities()
	// Only what the C library looks at: the rest of the environment may hold
	// other people's keys, and a process can read its own.
	environment := []string{stageVariable + "=1"}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); name == "TZ" || name == "LANG" || strings.HasPrefix(name, "LC_") {
			environment = append(environment, variable)
		}
	}
	return fmt.Errorf("enter the sandbox: %w", syscall.Exec(self, append([]string{os.Args[0]}, args...), environment))
}

func makeRuleset(own, read []string) (fd int, err error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, fmt.Errorf("%w: %w", errNoSandbox, errno)
	}
	rules := rulesOf(int(version))
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), unsafe.Sizeof(rules), 0)
	if errno != 0 {
		return 0, fmt.Errorf("%w: %w", errNoSandbox, errno)
	}
	paths := maps.Clone(systemPaths)
	for _, path := range read {
		paths[path] = runFile
	}
	for _, path := range own {
		paths[path] = ownTree
	}
	for path, access := range paths {
		if err := allow(int(ruleset), path, access&rules.Handled_access_fs); err != nil {
			_ = unix.Close(int(ruleset))
			return 0, fmt.Errorf("%w: let %s in: %w", errNoSandbox, path, err)
		}
	}
	return int(ruleset), nil
}

// keptCapabilities are what a data directory and a low port may need when the
// program is started as root.
var keptCapabilities = map[uintptr]bool{
	unix.CAP_CHOWN: true, unix.CAP_DAC_OVERRIDE: true, unix.CAP_FOWNER: true,
	unix.CAP_NET_BIND_SERVICE: true, unix.CAP_SYS_NICE: true, unix.CAP_SYS_RESOURCE: true,
}

// dropCapabilities matters to root only, whose capabilities would let it read
// the memory and environment of other processes past Landlock. It cannot fail in
// a way that matters to anyone else.
func dropCapabilities() {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if !keptCapabilities[c] {
			_ = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		}
	}
}

// rulesOf is everything that Landlock of a version can restrict, but for
// listening, which this program does.
func rulesOf(version int) unix.LandlockRulesetAttr {
	r := unix.LandlockRulesetAttr{Handled_access_fs: allOfVersion1}
	if version >= 2 {
		r.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		r.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 4 {
		r.Handled_access_net = unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 6 {
		r.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return r
}

// allow opens a path to the domain; one that is not there needs no rule.
func allow(ruleset int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		access &= runFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
