package main

import "github.com/watchllm/watchllm/internal/heaproom"

// heapRoom is the garbage that may grow beside what is alive: less would cost processor time, more memory. docs/throughput.md has figures.
const heapRoom = 64 << 20

func init() { heaproom.Keep(heapRoom) }
