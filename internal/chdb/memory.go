//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import (
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

func call(fn uintptr, args ...uintptr) uintptr {
	result, _, _ := purego.SyscallN(fn, args...)
	return result
}

// pointer turns an address the engine returned into a pointer. Engine memory
// is not Go memory, so the conversion goes through the address of the word
// that holds it, which vet's unsafeptr check accepts.
func pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

// goString copies a C string of the engine.
func goString(address uintptr) string {
	if address == 0 {
		return ""
	}
	p := pointer(address)
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return strings.Clone(unsafe.String((*byte)(p), n))
}

// engineBytes is a view of engine memory, valid until its result is destroyed.
func engineBytes(address, length uintptr) []byte {
	if address == 0 || length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(address)), length)
}

// pinned keeps Go memory where it is while the engine reads it. Pinning also
// moves the memory to the heap: an address held as a number does not follow a
// goroutine's stack when that grows.
type pinned struct{ runtime.Pinner }

var empty byte

func (p *pinned) text(s string) uintptr {
	if s == "" {
		return uintptr(unsafe.Pointer(&empty))
	}
	data := unsafe.StringData(s)
	p.Pin(data)
	return uintptr(unsafe.Pointer(data))
}

func (p *pinned) bytes(b []byte) uintptr {
	p.Pin(&b[0])
	return uintptr(unsafe.Pointer(&b[0]))
}

func (p *pinned) words(w []uintptr) uintptr {
	p.Pin(&w[0])
	return uintptr(unsafe.Pointer(&w[0]))
}

// cStrings makes a NULL-terminated argv.
func (p *pinned) cStrings(args []string) uintptr {
	argv := make([]uintptr, len(args)+1)
	for i, a := range args {
		argv[i] = p.bytes(append([]byte(a), 0))
	}
	return p.words(argv)
}
