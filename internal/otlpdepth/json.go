package otlpdepth

import "bytes"

// structural are the bytes that matter outside of texts.
var structural = [256]bool{'{': true, '}': true, '[': true, ']': true, '"': true}

// JSON checks a request in JSON.
func JSON(data []byte) error {
	depth := 0
	for i := 0; i < len(data); i++ {
		if !structural[data[i]] {
			continue
		}
		switch data[i] {
		case '{', '[':
			if depth++; depth > maxBrackets {
				return ErrTooDeep
			}
		case '}', ']':
			depth--
		default:
			i = endOfText(data, i+1)
		}
	}
	return nil
}

// endOfText is where the quote is that closes a text, or the end of the data.
func endOfText(data []byte, at int) int {
	for {
		n := bytes.IndexByte(data[at:], '"')
		if n < 0 {
			return len(data)
		}
		end, escapes := at+n, 0
		for end-escapes > at && data[end-escapes-1] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
		at = end + 1
	}
}
