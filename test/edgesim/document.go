package edgesim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
)

// document is the body of an answer: strings, numbers, booleans, documents and
// lists ([]document or []string) by name.
type document map[string]any

// encode writes the document in the format that the client asked for. In XML the
// root is named after the action, or Error.
func (d document) encode(format, root string) (body []byte, contentType string, err error) {
	if format != formatXML {
		body, err = json.Marshal(d)
		if err != nil {
			return nil, "", fmt.Errorf("encode %s as JSON: %w", root, err)
		}
		return body, "application/json;charset=utf-8", nil
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if err := writeXML(&out, root, d); err != nil {
		return nil, "", fmt.Errorf("encode %s as XML: %w", root, err)
	}
	return out.Bytes(), "text/xml;charset=utf-8", nil
}

// writeXML writes one element; a list becomes repeated elements of the same name.
func writeXML(out *bytes.Buffer, name string, value any) error {
	switch v := value.(type) {
	case document:
		fmt.Fprintf(out, "<%s>", name)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if err := writeXML(out, key, v[key]); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "</%s>", name)
		return nil
	case []document:
		for _, item := range v {
			if err := writeXML(out, name, item); err != nil {
				return err
			}
		}
		return nil
	case []string:
		for _, item := range v {
			if err := writeXML(out, name, item); err != nil {
				return err
			}
		}
		return nil
	default:
		fmt.Fprintf(out, "<%s>", name)
		if err := xml.EscapeText(out, fmt.Append(nil, v)); err != nil {
			return err
		}
		fmt.Fprintf(out, "</%s>", name)
		return nil
	}
}
