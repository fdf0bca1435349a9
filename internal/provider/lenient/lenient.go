// Package lenient decodes JSON from products that do not keep to one form: ids are
// strings in some replies and numbers in others, and a list of one is sometimes no
// list.
package lenient

import (
	"bytes"
	"encoding/json"
)

// Text is a JSON string, or a number as it is written. Anything else is empty:
// ids are strings in some replies and numbers in others.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(data []byte) error {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	switch value := value.(type) {
	case string:
		*t = Text(value)
	case json.Number:
		*t = Text(value)
	default:
		*t = ""
	}
	return nil
}

// List is an array in JSON, or a single element without one: pages and
// gateways disagree about lists of one. null and "" are empty.
type List[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	*l = nil
	switch {
	case bytes.Equal(data, []byte("null")), bytes.Equal(data, []byte(`""`)):
		return nil
	case len(data) > 0 && data[0] == '[':
		return json.Unmarshal(data, (*[]T)(l))
	}
	var single T
	if err := json.Unmarshal(data, &single); err != nil {
		return err
	}
	*l = List[T]{single}
	return nil
}
