package imports

import (
	"fmt"
	"math/big"
	"strconv"
)

// pyDecimal reads Decimal('0.25').
func pyDecimal(v pyValue) (*big.Rat, error) {
	call, ok := v.(*pyCall)
	if !ok || call.name != "Decimal" || len(call.args) != 1 {
		return nil, fmt.Errorf("%w: not a Decimal", errNotPrice)
	}
	return parsePrice(str(call.args[0]), 1)
}

// pyDate reads datetime.date(2026, 8, 17); empty when it is none.
func pyDate(v pyValue) string {
	call, ok := v.(*pyCall)
	if !ok || call.name != "date" || len(call.args) != 3 {
		return ""
	}
	var n [3]int
	for i, a := range call.args {
		var err error
		if n[i], err = strconv.Atoi(str(a)); err != nil {
			return ""
		}
	}
	return fmt.Sprintf("%04d-%02d-%02d", n[0], n[1], n[2])
}
