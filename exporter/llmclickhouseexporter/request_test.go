package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"
	xrequest "go.opentelemetry.io/collector/pdata/xpdata/request"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
	"github.com/watchllm/watchllm/internal/testkit"
)

func requestOf(t testing.TB, e *clickhouseExporter, td ptrace.Traces) *request {
	r, err := e.convert(context.Background(), td)
	require.NoError(t, err)
	return r.(*request)
}

// keysOf are the identities that a request holds, in their order.
func keysOf(e *clickhouseExporter, r *request) []dedup.Key {
	d := newDelivery(e, r)
	defer d.close()
	return d.keys(d.spans)
}

func TestRequestsAreMergedAndCut(t *testing.T) {
	e, _ := fakeExporter(t, nil)
	all := keysOf(e, requestOf(t, e, spansOf("acme", numbers(0, 90)...)))
	for name, c := range map[string]struct {
		sizer exporterhelper.RequestSizerType
		most  int
	}{
		"not":     {exporterhelper.RequestSizerTypeBytes, 0},
		"items":   {exporterhelper.RequestSizerTypeItems, 7},
		"bytes":   {exporterhelper.RequestSizerTypeBytes, 4000},
		"singles": {exporterhelper.RequestSizerTypeBytes, 1},
	} {
		t.Run(name, func(t *testing.T) {
			first := requestOf(t, e, spansOf("acme", numbers(0, 50)...))
			second := requestOf(t, e, spansOf("acme", numbers(50, 90)...))
			parts, err := first.MergeSplit(context.Background(), c.most, c.sizer, second)
			require.NoError(t, err)
			var got []dedup.Key
			for i, p := range parts {
				r := p.(*request)
				require.Equal(t, r.ItemsCount(), len(keysOf(e, r)))
				require.Positive(t, r.BytesSize())
				got = append(got, keysOf(e, r)...)
				switch {
				case c.most == 0:
					require.Len(t, parts, 1)
				case name == "singles":
					require.Equal(t, 1, r.ItemsCount())
				case c.sizer == exporterhelper.RequestSizerTypeItems:
					require.LessOrEqual(t, r.ItemsCount(), c.most)
				default:
					require.LessOrEqual(t, r.BytesSize(), c.most)
				}
				require.LessOrEqual(t, parts[len(parts)-1].ItemsCount(), parts[0].ItemsCount(), "part %d", i)
			}
			require.Equal(t, all, got)
		})
	}
	_, err := requestOf(t, e, spansOf("acme", 1)).MergeSplit(context.Background(), 0, exporterhelper.RequestSizerTypeItems, nil)
	require.NoError(t, err)
}

func TestWhatIsLeftOfARequestCanLieInAQueue(t *testing.T) {
	e, _ := fakeExporter(t, nil)
	whole := requestOf(t, e, spansOf("acme", numbers(0, 10)...))
	left := &request{}
	left.add(part{data: whole.parts[0].data, rows: []int{2, 3, 7}, n: 3})
	left.add(requestOf(t, e, spansOf("other", 20)).parts[0])
	for _, r := range []*request{whole, left} {
		data, err := encoding{e}.Marshal(context.Background(), r)
		require.NoError(t, err)
		_, back, err := encoding{e}.Unmarshal(data)
		require.NoError(t, err)
		require.Equal(t, keysOf(e, r), keysOf(e, back.(*request)))
	}
}

func TestRefusedPartsOfARequestAreTriedAgainAlone(t *testing.T) {
	e, _ := fakeExporter(t, func(int) error { return errors.New("connection reset") })
	whole := requestOf(t, e, spansOf("acme", 1, 2, 3))
	err := e.deliver(context.Background(), whole)
	require.Error(t, err)
	require.Same(t, whole, whole.OnError(err), "nothing was stored")
	left := &request{}
	require.Same(t, left, whole.OnError(&leftError{err, left}))
}

func TestQueuesOfEarlierVersionsAreRead(t *testing.T) {
	e, _ := fakeExporter(t, nil)
	td := fullSpan()
	want := keysOf(e, requestOf(t, e, td))
	withContext, err := xrequest.MarshalTraces(context.Background(), td)
	require.NoError(t, err)
	plain, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	for _, data := range [][]byte{withContext, plain} {
		_, r, err := encoding{e}.Unmarshal(data)
		require.NoError(t, err)
		require.Equal(t, want, keysOf(e, r.(*request)))
	}
	_, _, err = encoding{e}.Unmarshal(nil)
	require.Error(t, err, "a key without a value is nothing to keep")
}

func TestPartsThatCannotBeRead(t *testing.T) {
	e, f := fakeExporter(t, func(int) error { return nil })
	good, bad := requestOf(t, e, spansOf("acme", 1)), requestOf(t, e, spansOf("acme", 2, 3))

	newer := append([]byte(nil), bad.parts[0].data...)
	newer[4] ^= 1 // the fingerprint of a layout that does not exist yet
	r := newRequest(good.parts[0].data)
	r.add(newRequest(newer).parts[0])
	err := e.deliver(context.Background(), r)
	require.ErrorIs(t, err, spanblock.ErrUnknownLayout)
	require.Equal(t, 1, f.inserts, "the others are stored")
	rest := r.OnError(err).(*request)
	require.Equal(t, 2, rest.ItemsCount(), "what a newer version wrote waits for it")
	require.Equal(t, newer, rest.parts[0].data)

}

// What the queue cannot decode it deletes without a word; what was damaged is acknowledged data all the same.
func TestDamagedRequestsAreSetAside(t *testing.T) {
	down := true
	e, f := fakeExporter(t, func(int) error {
		if down {
			return errors.New("away")
		}
		return nil
	})
	e.folder = &deadletter.Folder{Dir: t.TempDir()}
	ctx := context.Background()
	whole := requestOf(t, e, spansOf("acme", 1, 2, 3)).parts[0].data
	noRows := append([]byte(nil), whole...)
	for i := 19; i < 23; i++ {
		noRows[i] = 0xff
	}
	broken := [][]byte{[]byte("neither"), whole[:len(whole)-1], noRows, make([]byte, 10_000)}
	all := requestOf(t, e, spansOf("acme", 9))
	for _, data := range broken {
		_, req, err := encoding{e}.Unmarshal(data)
		require.NoError(t, err)
		for _, most := range []int{1, 100, 10_000} {
			parts, err := req.(*request).MergeSplit(ctx, most, exporterhelper.RequestSizerTypeBytes, nil)
			require.NoError(t, err)
			require.NotEmpty(t, parts)
		}
		all.add(req.(*request).parts[0])
	}
	kept := func() (n int) {
		files, err := filepath.Glob(filepath.Join(e.folder.Dir, "*.damaged"))
		require.NoError(t, err)
		return len(files)
	}
	e.folder.MaxBytes = 1
	err := e.deliver(ctx, all)
	require.Error(t, err)
	rest := all.OnError(err).(*request)
	require.Equal(t, all.ItemsCount(), rest.ItemsCount(), "the folder has no room")
	e.folder.MaxBytes = 0
	err = e.deliver(ctx, rest)
	require.Error(t, err)
	require.Equal(t, len(broken), kept())
	rest = rest.OnError(err).(*request)
	require.Equal(t, 1, rest.ItemsCount(), "what is set aside is not set aside again")
	down = false
	before := f.inserts
	require.NoError(t, e.deliver(ctx, rest))
	require.Equal(t, before+1, f.inserts)
	require.Equal(t, len(broken), kept())
}

// storageHost has a file storage under the given directory.
type storageHost struct {
	extensions map[component.ID]component.Component
}

func (h storageHost) GetExtensions() map[component.ID]component.Component { return h.extensions }

func newStorageHost(t *testing.T, dir string) (storageHost, component.ID, func()) {
	f := filestorage.NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = dir
	cfg.Compaction.Directory = dir
	id := component.NewID(f.Type())
	set := extensiontest.NewNopSettings(f.Type())
	set.ID = id
	x, err := f.Create(context.Background(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, x.Start(context.Background(), nopHost{}))
	return storageHost{map[component.ID]component.Component{id: x}}, id, func() { require.NoError(t, x.Shutdown(context.Background())) }
}

// A collector of before packed blocks is stopped with spans in its queue; this one is started over it, stopped with more, and started again.
func TestUpgradeWithAFullQueue(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	dir := t.TempDir()
	cfg := testConfig(t, engine, db)
	queue := createDefaultConfig().(*Config).QueueConfig
	cfg.RetryConfig = createDefaultConfig().(*Config).RetryConfig
	ctx := context.Background()

	host, id, stop := newStorageHost(t, dir)
	queue.Get().StorageID = &id
	queue.Get().Batch.Get().FlushTimeout = time.Millisecond
	cfg.QueueConfig = queue
	set := testSettings(t)
	old, err := exporterhelper.NewTraces(ctx, set, cfg, func(context.Context, ptrace.Traces) error { return errors.New("away") },
		exporterhelper.WithRetry(cfg.RetryConfig), exporterhelper.WithQueue(queue))
	require.NoError(t, err)
	require.NoError(t, old.Start(ctx, host))
	for i := range 3 {
		require.NoError(t, old.ConsumeTraces(ctx, spansOf("acme", numbers(i*10, i*10+10)...)))
	}
	require.NoError(t, old.Shutdown(ctx))
	stop()

	away := *cfg
	away.Endpoint = "http://127.0.0.1:1"
	for round, c := range []*Config{&away, cfg} {
		host, _, stop := newStorageHost(t, dir)
		e, err := NewFactory().CreateTraces(ctx, set, c)
		require.NoError(t, err)
		require.NoError(t, e.Start(ctx, host))
		require.NoError(t, e.ConsumeTraces(ctx, spansOf("acme", numbers(100+round*10, 110+round*10)...)))
		if c == cfg {
			require.Eventually(t, func() bool {
				n, err := engine.Query("SELECT count() FROM " + db + ".llm_spans")
				return err == nil && n == "50\n"
			}, time.Minute, 20*time.Millisecond)
		}
		require.NoError(t, e.Shutdown(ctx))
		stop()
	}
	requireRows(t, engine, db, 50)
}

// The real queue deletes what its encoding cannot read; what a newer version wrote must outlive an older one.
func TestWhatANewerVersionWroteStaysInTheQueue(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	dir := t.TempDir()
	cfg := testConfig(t, engine, db)
	set := testSettings(t)
	cfg.RetryConfig = createDefaultConfig().(*Config).RetryConfig
	cfg.QueueConfig = createDefaultConfig().(*Config).QueueConfig
	cfg.QueueConfig.Get().Batch.Get().FlushTimeout = time.Millisecond
	ctx := context.Background()

	packer, _ := fakeExporter(t, nil)
	layout := append([]byte(nil), requestOf(t, packer, spansOf("acme", 1)).parts[0].data...)
	version := append([]byte(nil), layout...)
	layout[4] ^= 1
	version[2]++
	inQueue := func(ext storageHost, id component.ID, f func(storage.Client)) {
		c, err := ext.extensions[id].(storage.Extension).GetClient(ctx, component.KindExporter, set.ID, "traces")
		require.NoError(t, err)
		f(c)
		require.NoError(t, c.Close(ctx))
	}
	host, id, stop := newStorageHost(t, dir)
	cfg.QueueConfig.Get().StorageID = &id
	inQueue(host, id, func(c storage.Client) {
		require.NoError(t, c.Batch(ctx, storage.SetOperation("0", layout), storage.SetOperation("1", version),
			storage.SetOperation("ri", binary.LittleEndian.AppendUint64(nil, 0)), storage.SetOperation("wi", binary.LittleEndian.AppendUint64(nil, 2))))
	})
	stop()
	for round := range 2 {
		host, _, stop := newStorageHost(t, dir)
		e, err := NewFactory().CreateTraces(ctx, set, cfg)
		require.NoError(t, err)
		require.NoError(t, e.Start(ctx, host))
		require.NoError(t, e.ConsumeTraces(ctx, spansOf("acme", numbers(round*10, round*10+10)...)))
		require.Eventually(t, func() bool {
			n, err := engine.Query("SELECT count() FROM " + db + ".llm_spans")
			return err == nil && n == fmt.Sprintln(10*(round+1))
		}, time.Minute, 20*time.Millisecond, "others are stored")
		require.NoError(t, e.Shutdown(ctx))
		inQueue(host, id, func(c storage.Client) {
			var there [][]byte
			for i := range 20 {
				value, err := c.Get(ctx, fmt.Sprint(i))
				require.NoError(t, err)
				there = append(there, value)
			}
			require.Contains(t, there, layout)
			require.Contains(t, there, version)
		})
		stop()
	}
}
