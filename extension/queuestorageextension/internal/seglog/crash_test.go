package seglog

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

const childDir = "SEGLOG_TEST_CHILD_DIR"

// TestMain also is the process that is killed: it behaves as a queue, and says after each batch that it is stored.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	l, err := Open(dir, Options{SegmentBytes: 16 << 10, Logger: zap.NewNop()})
	for err == nil {
		var state []byte
		if state, err = l.Get(ctx, "state"); err != nil {
			break
		}
		read, write := uint64(0), uint64(0)
		if state != nil {
			read, write = binary.LittleEndian.Uint64(state), binary.LittleEndian.Uint64(state[8:])
		}
		ops := []*storage.Operation{storage.SetOperation(fmt.Sprint(write), valueOf(write))}
		if write++; write-read > 20 {
			ops = append(ops, storage.DeleteOperation(fmt.Sprint(read)))
			read++
		}
		state = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, read), write)
		if err = l.Batch(ctx, append(ops, storage.SetOperation("state", state))...); err == nil {
			fmt.Println(write)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func valueOf(i uint64) []byte { return []byte(strings.Repeat(fmt.Sprint(i, " "), 200+int(i%50))) }

// A process that writes and deletes is killed again and again: what it said is there, and nothing is half there.
func TestKilledProcessKeepsItsWord(t *testing.T) {
	dir := t.TempDir()
	said := uint64(0)
	for round := range uint64(15) {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewReader(out)
		for until := said + 30*(round+1); said < until; {
			_, err := fmt.Fscan(lines, &said)
			require.NoError(t, err)
		}
		require.NoError(t, child.Process.Kill())
		for {
			if _, err := fmt.Fscan(lines, &said); err != nil {
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		require.Error(t, child.Wait())

		l := open(t, dir, Options{})
		state, err := l.Get(context.Background(), "state")
		require.NoError(t, err)
		read, write := binary.LittleEndian.Uint64(state), binary.LittleEndian.Uint64(state[8:])
		require.GreaterOrEqual(t, write, said)
		require.Len(t, l.index, int(write-read)+1)
		for i := read; i < write; i++ {
			value, err := l.Get(context.Background(), fmt.Sprint(i))
			require.NoError(t, err)
			require.Equal(t, valueOf(i), value)
		}
		require.NoError(t, l.Close(context.Background()))
		require.LessOrEqual(t, bytesOf(t, dir), int64(128<<10))
	}
}
