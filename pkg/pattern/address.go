package pattern

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// hexRange holds for IP addresses from low to high, both in upper-case hexadecimal digits of one length.
type hexRange struct{ low, high string }

// holds compares digit by digit and decides as soon as it can, as the service does: where an IPv6 address begins with
// the digits of an IPv4 range it counts as inside.
func (r hexRange) holds(v *value) bool {
	a := v.address
	for i := range min(len(a), len(r.low)) {
		switch above, below := a[:i+1] > r.low[:i+1], a[:i+1] < r.high[:i+1]; {
		case above && below:
			return true
		case !above && a[:i+1] != r.low[:i+1], !below && a[:i+1] != r.high[:i+1]:
			return false
		}
	}
	return len(a) >= len(r.low)
}

// parseAddress is an IP address in hexadecimal: 8 digits for IPv4, also where it is mapped into IPv6, or 32.
func parseAddress(s string) (string, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || strings.ContainsRune(s, ':') && strings.ContainsRune(s, '.') {
		return "", false
	}
	return hexDigits(a.Unmap()), true
}

func hexDigits(a netip.Addr) string { return strings.ToUpper(hex.EncodeToString(a.AsSlice())) }

func (c *compiler) cidr() (test, error) {
	s, at, err := c.str("cidr")
	if err != nil {
		return nil, err
	}
	address, length, slash := strings.Cut(s, "/")
	digits, ok := parseAddress(address)
	switch {
	case !slash:
		return nil, c.fault(at, "%q is no CIDR block: it must be an address, a slash and a number of bits", s)
	case !ok:
		return nil, c.fault(at, "%q is no IP address", address)
	}
	most := len(digits)*4 - 1
	bits, err := strconv.Atoi(length)
	if err != nil || bits < 0 || bits > most {
		return nil, c.fault(at, "the number of bits is %q: it must be between 0 and %d", length, most)
	}
	return block(digits, bits), nil
}

// block is the range of the addresses that share so many leading bits.
func block(digits string, bits int) hexRange {
	low, high := []byte(digits), []byte(digits)
	for i := range low {
		free := max(0, min(4, (i+1)*4-bits)) // of the four bits of this digit
		n, _ := strconv.ParseUint(digits[i:i+1], 16, 8)
		mask := uint64(1)<<free - 1
		low[i] = "0123456789ABCDEF"[n&^mask]
		high[i] = "0123456789ABCDEF"[n|mask]
	}
	return hexRange{string(low), string(high)}
}
