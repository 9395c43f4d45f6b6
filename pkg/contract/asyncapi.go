package contract

// asyncAPI is the frame of the document; its order keeps the marker in the first lines.
type asyncAPI struct {
	AsyncAPI           string `json:"asyncapi"`
	Comment            string `json:"x-comment"`
	Info               object `json:"info"`
	DefaultContentType string `json:"defaultContentType"`
	Channels           object `json:"channels"`
	Operations         object `json:"operations"`
	Components         object `json:"components"`
}

// AsyncAPI is the AsyncAPI 3.0 document of the bus: one channel, which sends every event.
func (c *Contract) AsyncAPI() []byte {
	messages, channel, sent := object{}, object{}, []object{}
	for i := range c.Events {
		e := &c.Events[i]
		messages[e.Title()] = c.message(e)
		channel[e.Title()] = reference("#/components/messages/" + e.Title())
		sent = append(sent, reference("#/channels/bus/messages/"+e.Title()))
	}
	return encode(asyncAPI{
		AsyncAPI: "3.0.0", Comment: Marker, DefaultContentType: "application/json",
		Info: object{"title": c.Model + " events", "version": "1.0.0",
			"description": "Events that changes of the " + c.Model + " table announce on EventBridge, with source " + c.Source + "."},
		Channels: object{"bus": object{
			"title": "The event bus", "messages": channel,
			"description": "An EventBridge bus, whose name Terraform gives. At least once; the order of one item's events " +
				"is that of metadata.itemVersion.",
		}},
		Operations: object{"publish": object{"action": "send", "channel": reference("#/channels/bus"), "messages": sent}},
		Components: object{"messages": messages},
	})
}

func (c *Contract) message(e *Event) object {
	examples := []object{}
	for _, s := range c.samplesOf(e) {
		examples = append(examples, object{"name": s.Name, "payload": s.Event})
	}
	return object{
		"name": e.Name, "title": e.Title(), "summary": e.Words(), "contentType": "application/json",
		"payload":  schemas{c, Open}.event(e),
		"examples": examples,
	}
}

func reference(to string) object { return object{"$ref": to} }
