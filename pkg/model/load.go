package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrChanged says that a compiled model is not what outflow build wrote. Build it again; do not edit it.
var ErrChanged = errors.New("changed after outflow build")

// Marshal returns the model as model.json: indented, maps in the order of their keys, with a newline at the end.
// Equal models have equal bytes.
func (m *Model) Marshal() []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, encode(m), "", "  "); err != nil {
		panic("model: indent " + err.Error())
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Load reads what Marshal wrote. It refuses another format version, members that it does not know, and, as
// ErrChanged, anything that does not agree with the hash.
func Load(src []byte) (*Model, error) {
	if err := checkVersion(src); err != nil {
		return nil, err
	}
	var compact bytes.Buffer // raw values keep the form that they are read in
	if err := json.Compact(&compact, src); err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(compact.Bytes()))
	d.DisallowUnknownFields()
	m := &Model{}
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("load model: more than one JSON value")
	}
	// Another reader must see the same: no member twice, or in another case, which this decoder lets pass.
	if m.Hash != m.hash() || !bytes.Equal(compact.Bytes(), encode(m)) {
		return nil, fmt.Errorf("load model %s: %w; build it again", m.Name, ErrChanged)
	}
	for name, e := range m.Entities {
		if e == nil {
			return nil, fmt.Errorf("load model %s: entity %s is null; build it again", m.Name, name)
		}
	}
	for name, index := range m.Indexes {
		if index == nil {
			return nil, fmt.Errorf("load model %s: index %s is null; build it again", m.Name, name)
		}
	}
	m.prepare()
	return m, nil
}

func checkVersion(src []byte) error {
	var head struct {
		Outflow int `json:"outflow"`
	}
	if err := json.Unmarshal(src, &head); err != nil {
		return fmt.Errorf("load model: not a compiled model: %w", err)
	}
	if head.Outflow != Format {
		return fmt.Errorf("load model: format %d, this outflow reads %d; build the model again with it", head.Outflow, Format)
	}
	return nil
}

// hash is over the compact JSON of the model with an empty hash.
func (m *Model) hash() string {
	bare := *m
	bare.Hash = ""
	sum := sha256.Sum256(encode(&bare))
	return hex.EncodeToString(sum[:])
}
