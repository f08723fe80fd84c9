//go:build unix

package testkit

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	chproto "github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// nativeConn is one client of the native listener.
type nativeConn struct {
	*nativeListener
	conn     net.Conn
	in       *proto.Reader
	out      proto.Buffer
	revision int
	database string
	zone     column.ServerContext
}

func (c *nativeConn) flush() error {
	_, err := c.conn.Write(c.out.Buf)
	c.out.Reset()
	return err
}

func (c *nativeConn) run() error {
	if err := c.hello(); err != nil {
		return err
	}
	for {
		code, err := c.in.UVarInt()
		if err != nil {
			return err
		}
		switch proto.ClientCode(code) {
		case proto.ClientCodePing:
			proto.ServerCodePong.Encode(&c.out)
			err = c.flush()
		case proto.ClientCodeCancel: // of a query that has ended
		case proto.ClientCodeQuery:
			err = c.query()
		default:
			err = fmt.Errorf("unexpected client packet %d", code)
		}
		if err != nil {
			return err
		}
	}
}

func (c *nativeConn) hello() error {
	code, err := c.in.UVarInt()
	if err != nil {
		return err
	}
	if proto.ClientCode(code) != proto.ClientCodeHello {
		return fmt.Errorf("client packet %d instead of hello", code)
	}
	var h proto.ClientHello
	if err := h.Decode(c.in); err != nil {
		return err
	}
	c.revision, c.database = min(h.ProtocolVersion, nativeRevision), h.Database
	if h.User != c.engine.Username || h.Password != c.engine.Password {
		return c.exception("Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)")
	}
	version, err := c.engine.Query("SELECT version()")
	if err != nil {
		return err
	}
	hello := proto.ServerHello{Name: "ClickHouse", Revision: nativeRevision, Timezone: "UTC", DisplayName: "native"}
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &hello.Major, &hello.Minor, &hello.Patch)
	hello.EncodeAware(&c.out, c.revision)
	if err := c.flush(); err != nil {
		return err
	}
	if c.revision >= int(proto.FeatureAddendum) {
		_, err = c.in.Str() // quota key
	}
	return err
}

var exceptionCode = regexp.MustCompile(`^Code: (\d+)\. `)

// exception tells the client an error's text as the engine gives it.
func (c *nativeConn) exception(text string) error {
	code := 1002
	if m := exceptionCode.FindStringSubmatch(text); m != nil {
		code, _ = strconv.Atoi(m[1])
	}
	if i := strings.Index(text, "DB::Exception: "); i >= 0 {
		text = text[i:]
	}
	proto.ServerCodeException.Encode(&c.out)
	(&proto.Exception{Code: proto.Error(code), Name: "DB::Exception", Message: text}).EncodeAware(&c.out, c.revision)
	return c.flush()
}

// receive reads the block of a Data packet, whose code was read.
func (c *nativeConn) receive(compressed bool) (*chproto.Block, error) {
	if _, err := c.in.Str(); err != nil { // name of an external table
		return nil, err
	}
	if compressed {
		c.in.EnableCompression()
		defer c.in.DisableCompression()
	}
	b := &chproto.Block{ServerContext: &c.zone}
	return b, b.Decode(c.in, uint64(c.revision))
}

// receiveNext reads a packet that has to be data.
func (c *nativeConn) receiveNext(compressed bool) (*chproto.Block, error) {
	code, err := c.in.UVarInt()
	if err != nil {
		return nil, err
	}
	if proto.ClientCode(code) != proto.ClientCodeData {
		return nil, fmt.Errorf("client packet %d instead of data", code)
	}
	return c.receive(compressed)
}

// send writes a block as a Data packet.
func (c *nativeConn) send(b *chproto.Block, compressed bool) error {
	proto.ServerCodeData.Encode(&c.out)
	c.out.PutString("")
	at := len(c.out.Buf)
	if b.Rows() > 0 {
		if err := b.Encode(&c.out, uint64(c.revision)); err != nil {
			return err
		}
	} else {
		c.putHeader(b)
	}
	if compressed {
		w := compress.NewWriter(compress.LevelZero, compress.LZ4)
		if err := w.Compress(c.out.Buf[at:]); err != nil {
			return err
		}
		c.out.Buf = append(c.out.Buf[:at], w.Data...)
	}
	return c.flush()
}

// putHeader writes a block without rows: the driver's own encoder would add
// prefixes of columns that nobody reads.
func (c *nativeConn) putHeader(b *chproto.Block) {
	if c.revision > 0 {
		c.out.Buf = append(c.out.Buf, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0)
	}
	c.out.PutUVarInt(uint64(len(b.Columns)))
	c.out.PutUVarInt(0)
	for _, column := range b.Columns {
		c.out.PutString(column.Name())
		c.out.PutString(string(column.Type()))
		if c.revision >= int(proto.FeatureCustomSerialization) {
			c.out.PutBool(false)
		}
	}
}
