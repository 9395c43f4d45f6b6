package search_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const page = "../../docs/search.md"

// exchange is a request of the page, and the answer that it prints.
type exchange struct{ id, method, path, body, answer string }

// blocks finds the page's fences: their indent, language, what they say of themselves, and what is in them.
var blocks = regexp.MustCompile("(?ms)^([ ]*)```(http|json) (id|answer)=([a-z0-9]+)\n(.*?)^[ ]*```$")

func exchanges(t *testing.T, src string) []*exchange {
	t.Helper()
	var all []*exchange
	for _, block := range blocks.FindAllStringSubmatch(src, -1) {
		if block[2] == "json" {
			require.NotEmpty(t, all)
			last := all[len(all)-1]
			require.Equal(t, last.id, block[4], "an answer follows its request")
			last.answer = block[5]
			continue
		}
		line, body, _ := strings.Cut(strings.TrimSpace(block[5]), "\n")
		method, path, ok := strings.Cut(line, " ")
		require.True(t, ok, line)
		all = append(all, &exchange{id: block[4], method: method, path: path, body: body})
	}
	return all
}

// Every request of docs/search.md gives the answer that the page prints. With -update the page gets the answers.
func TestSearchPage(t *testing.T) {
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	src := string(content)
	all := exchanges(t, src)
	require.Greater(t, len(all), 15)
	d := realDomain(t)
	fillPage(t, d, src)
	pit := "PIT"
	for _, e := range all {
		names := strings.NewReplacer("shop-dev-", d.prefix, `"PIT"`, strconv.Quote(pit))
		answer := d.request(e.method, names.Replace(e.path), names.Replace(e.body))
		var opened struct {
			ID string `json:"pit_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(answer), &opened))
		if opened.ID != "" {
			pit = opened.ID
		}
		answer = strings.NewReplacer(d.prefix, "shop-dev-", pit, "PIT").Replace(answer)
		if flag.Lookup("update").Value.String() == "true" {
			src = withAnswer(t, src, e.id, answer)
			continue
		}
		require.NotEmpty(t, e.answer, e.id)
		require.JSONEq(t, e.answer, answer, e.id)
	}
	if src != string(content) {
		require.NoError(t, os.WriteFile(page, []byte(src), 0o600))
	}
}

func withAnswer(t *testing.T, src, id, answer string) string {
	t.Helper()
	return blocks.ReplaceAllStringFunc(src, func(block string) string {
		part := blocks.FindStringSubmatch(block)
		if part[2] != "json" || part[4] != id {
			return block
		}
		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, []byte(answer), "", "  "))
		text := compact(indented.String())
		return part[1] + "```json answer=" + id + "\n" + part[1] + strings.ReplaceAll(text, "\n", "\n"+part[1]) + "\n" + part[1] + "```"
	})
}

// compact puts objects and arrays that fit on one line there.
func compact(text string) string {
	inner := regexp.MustCompile(`[\[{]\n[^\[\]{}]*\n *[\]}]`)
	for range 4 {
		text = inner.ReplaceAllStringFunc(text, func(s string) string {
			line := regexp.MustCompile(`\n *`).ReplaceAllString(s, " ")
			line = strings.NewReplacer("{ ", "\x01", " }", "\x02", "[ ", "\x03", " ]", "\x04").Replace(line)
			if len(line) > 110 {
				return s
			}
			return line
		})
		text = strings.NewReplacer("\x01", "{", "\x02", "}", "\x03", "[", "\x04", "]").Replace(text)
	}
	return text
}

// fillPage writes the documents that the page speaks of.
func fillPage(t *testing.T, d *domain, src string) {
	t.Helper()
	const users = "    attributes: {expires_at: timestamp, name: string, email: {type: string, pii: true}}\n"
	const shopUsers = "    attributes: {name: string, email: {type: string, pii: true}}\n"
	require.Contains(t, src, users)
	content, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	require.Contains(t, string(content), shopUsers)
	m := parseModel(t, strings.Replace(string(content), shopUsers, users, 1))
	seq := 0
	put := func(pk, sk, item string) record {
		seq++
		var image map[string]any
		require.NoError(t, json.Unmarshal([]byte(item), &image))
		return record{seq: seq, age: -time.Hour, pk: pk, sk: sk, new: image}
	}
	productItem := func(id, title, description, price, tags string) record {
		return put("PRODUCT#"+id, "METADATA", fmt.Sprintf(
			`{"title":{"S":%q},"description":{"S":%q},"price":{"N":%q},"tags":{"L":[%s]}}`, title, description, price, tags))
	}
	order := func(id, user, status, total, at string) record {
		return put("ORDER#"+id, "METADATA", fmt.Sprintf(
			`{"user_id":{"S":%q},"status":{"S":%q},"total":{"N":%q},"created_at":{"S":%q}}`, user, status, total, at))
	}
	line := func(order, id, product, qty, price string) record {
		return put("ORDER#"+order, "ITEM#"+id, fmt.Sprintf(`{"product_id":{"S":%q},"qty":{"N":%q},"price":{"N":%q}}`, product, qty, price))
	}
	lamp, desk := `{"S":"lamp"}`, `{"S":"desk"}`
	gone := productItem("p7", "Old lamp", "", "1", lamp)
	deliver(t, d.outlet(m), decode(t, m,
		productItem("p1", "Walnut desk lamp", "Warm light, brass switch", "42.10", lamp+","+desk),
		productItem("p2", "Walnut shelf", "Three oiled boards", "120", `{"S":"shelf"}`),
		productItem("p3", "Desk chair", "Turns, rolls, walnut arms", "99.9", `{"S":"chair"},`+desk),
		productItem("p4", "Lamp oil", "Burns clean", "7.25", lamp),
		productItem("p5", "Meteorite", "From Mars", "2400000000000000.01", `{"S":"stone"}`),
		productItem("p6", "Meteorite, larger", "From Vesta", "2400000000000000.02", `{"S":"stone"}`),
		gone, record{seq: 100, age: -time.Hour, pk: gone.pk, sk: gone.sk, old: gone.new},
		order("o1", "u1", "DONE", "84.20", "2026-11-02T09:21:00Z"), line("o1", "i1", "p1", "2", "42.10"),
		order("o2", "u2", "PAID", "439.60", "2026-11-02T17:40:00Z"), line("o2", "i1", "p2", "2", "120"), line("o2", "i2", "p3", "2", "99.80"),
		order("o3", "u1", "NEW", "49.35", "2026-11-04T08:00:00Z"), line("o3", "i1", "p4", "1", "7.25"), line("o3", "i2", "p1", "1", "42.10"),
		line("o4", "i1", "p1", "9", "42.10"), // its order was never written
		put("USER#u1", "PROFILE", `{"name":{"S":"Ann Lee"}}`),
		put("USER#u2", "PROFILE", fmt.Sprintf(`{"name":{"S":"Bo Chen"},"expires_at":{"N":"%d"}}`, time.Now().Add(-time.Hour).Unix())),
	))
	d.refresh()
}
