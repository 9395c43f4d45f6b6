package change

import (
	"bytes"
	"encoding/base64"
)

const errBase64 reason = "is not standard base64 with padding"

// isBase64 says whether a text is standard base64 as an encoder writes it: padded, and without stray bits in its last
// character.
func isBase64(text []byte) bool {
	if len(text)%4 != 0 {
		return false
	}
	body := bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("=")), []byte("="))
	for _, c := range body {
		if sextet(c) < 0 {
			return false
		}
	}
	switch len(text) - len(body) {
	case 1:
		return sextet(body[len(body)-1])&0b11 == 0
	case 2:
		return sextet(body[len(body)-1])&0b1111 == 0
	}
	return true
}

// sextet is the value of a base64 digit, -1 for another character.
func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// appendBase64 appends base64 as an encoder writes it: the same bytes, without stray bits in the last character.
func appendBase64(dst, text []byte) ([]byte, error) {
	if bytes.ContainsAny(text, "\r\n") { // which the standard decoder would skip
		return dst, errBase64
	}
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return dst, errBase64
	}
	return base64.StdEncoding.AppendEncode(dst, data), nil
}
