package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// CloudEvent is an event in the JSON format of CloudEvents 1.0, structured mode (github.com/cloudevents/spec). Its data is
// the event's whole detail; extension attributes have what the envelope has besides, so that nothing is lost.
type CloudEvent struct {
	SpecVersion     string          `json:"specversion"` // 1.0
	ID              string          `json:"id"`          // Metadata.ID: source and id together are unique
	Source          string          `json:"source"`
	Type            string          `json:"type"`    // <source>.<detail-type>
	Subject         string          `json:"subject"` // <entity>/<values of the key, percent-encoded, joined by />
	Time            time.Time       `json:"time"`    // Metadata.Time
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`

	ItemVersion  string     `json:"itemversion"` // orders the events of one item, as text
	AWSID        string     `json:"awsid,omitempty"`
	AWSAccount   string     `json:"awsaccount,omitempty"`
	AWSRegion    string     `json:"awsregion,omitempty"`
	AWSTime      *time.Time `json:"awstime,omitempty"`
	AWSResources string     `json:"awsresources,omitempty"` // joined by spaces, which no ARN holds
	AWSReplay    string     `json:"awsreplay,omitempty"`
}

// The values of attributes that are always the same.
const (
	specVersion     = "1.0"
	contentType     = "application/json"
	envelopeVersion = "0" // of EventBridge's envelope
)

// ToCloudEvent translates an event.
func ToCloudEvent(e *Event) CloudEvent {
	c := CloudEvent{
		SpecVersion: specVersion, ID: e.Metadata.ID, Source: e.Source, Type: e.Source + "." + e.DetailType, Subject: subject(e),
		Time: e.Metadata.Time, DataContentType: contentType, Data: e.Detail, ItemVersion: e.Metadata.ItemVersion,
		AWSID: e.ID, AWSAccount: e.Account, AWSRegion: e.Region, AWSResources: strings.Join(e.Resources, " "), AWSReplay: e.ReplayName,
	}
	if !e.Time.IsZero() {
		c.AWSTime = &e.Time
	}
	return c
}

func subject(e *Event) string {
	members, err := keyMembers(e.Metadata.Key)
	if err != nil { // only in an event that was not parsed
		return e.Metadata.Entity
	}
	text := e.Metadata.Entity
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text += "/" + url.PathEscape(fmt.Sprint(members[name]))
	}
	return text
}

// Event translates back what ToCloudEvent has made. Its error is an ErrForeign.
func (c *CloudEvent) Event() (*Event, error) {
	name, ours := strings.CutPrefix(c.Type, c.Source+".")
	if c.SpecVersion != specVersion || !ours || c.Source == "" {
		return nil, fmt.Errorf("read CloudEvent %s: %w: its specversion is not %s, or its type is not <source>.<detail-type>",
			c.ID, ErrForeign, specVersion)
	}
	envelope := Envelope{
		Version: envelopeVersion, ID: c.AWSID, DetailType: name, Source: c.Source, Account: c.AWSAccount, Region: c.AWSRegion,
		Resources: strings.Fields(c.AWSResources), ReplayName: c.AWSReplay,
	}
	if c.AWSTime != nil {
		envelope.Time = *c.AWSTime
	}
	e, err := newEvent(envelope, c.Data)
	if err == nil && e.Metadata.ID != c.ID {
		err = fmt.Errorf("%w: its data is of %s", ErrForeign, e.Metadata.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("read CloudEvent %s: %w", c.ID, err)
	}
	return e, nil
}

// UnmarshalJSON refuses an event whose data is not there as JSON.
func (c *CloudEvent) UnmarshalJSON(text []byte) error {
	type plain CloudEvent
	if err := json.Unmarshal(text, (*plain)(c)); err != nil {
		return err
	}
	if c.Data == nil {
		return errors.New("a CloudEvent of Outflow has its data in the member data, and this one has none")
	}
	return nil
}
