package pattern_test

import (
	"fmt"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

func Example() {
	p, err := pattern.Compile([]byte(`{
		"source": ["com.example.shop"],
		"detail-type": [{"prefix": "Order"}],
		"detail": {"data": {"total": [{"numeric": [">", 100]}]}}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, total := range []string{"250", "80"} {
		event := fmt.Appendf(nil, `{"source": "com.example.shop", "detail-type": "OrderPlaced", "detail": {"data": {"total": %s}}}`, total)
		misses, err := p.Explain(event)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(misses) == 0, misses)
	}
	// Output:
	// true []
	// false [{detail.data.total [{"numeric": [">", 100]}] [80]}]
}

func ExampleError() {
	_, err := pattern.Compile([]byte("{\n\t\"detail\": {\"status\": \"SHIPPED\"}\n}"))
	fmt.Println(err)
	// Output:
	// event pattern: line 2, column 23: "status" must be an object or a list of values, as in "status": [...]
}
