// Command serve runs the fake provider so that the quick-start applications can be tried without an account anywhere.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/watchllm/watchllm/test/e2e/fakeprovider"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9999", "address to listen on")
	flag.Parse()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
	fmt.Printf("export OPENAI_BASE_URL=http://%[1]s/v1 OPENAI_API_KEY=fake ANTHROPIC_BASE_URL=http://%[1]s ANTHROPIC_API_KEY=fake\n", l.Addr())
	server := &http.Server{Handler: &fakeprovider.Provider{}, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, "serve:", server.Serve(l))
	os.Exit(1)
}
