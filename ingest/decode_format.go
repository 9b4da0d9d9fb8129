package ingest

import (
	"bytes"
	"errors"
)

// Format is the shape a ping comes in.
type Format uint8

// The formats of a ping, see doc.go.
const (
	FormatUnknown Format = iota
	Cordon               // Cordon JSON
	Traccar              // what a Traccar server forwards
	MDSS                 // the Ministry of Justice's position feed
	Proto                // Cordon JSON's fields as protobuf, ping.proto
)

var formatNames = [...]string{FormatUnknown: "unknown", Cordon: "cordon", Traccar: "traccar", MDSS: "mdss", Proto: "protobuf"}

// String returns the word used on the wire and on the command line.
func (f Format) String() string { return formatNames[f] }

// ParseFormat is the inverse of String.
func ParseFormat(word string) (Format, error) {
	for f := Cordon; f <= Proto; f++ {
		if formatNames[f] == word {
			return f, nil
		}
	}
	return FormatUnknown, errors.New("ingest: no such ping format: use cordon, traccar, mdss or protobuf")
}

// The headers that settle a record's format, and the content type that does.
const (
	FormatHeader      = "cordon-format"
	ContentTypeHeader = "content-type"
	ProtoContentType  = "application/x-protobuf"
)

// headerFormat returns the format that the headers settle, FormatUnknown when it has to be looked for, and false when
// cordon-format is none of its three words. Of repeated headers the last counts; cordon-format goes before content-type.
func headerFormat(headers []Header) (Format, bool) {
	found := FormatUnknown
	for i := len(headers) - 1; i >= 0; i-- {
		switch h := &headers[i]; h.Key {
		case FormatHeader:
			return formatWord(h.Value)
		case ContentTypeHeader:
			if found == FormatUnknown && isProto(h.Value) {
				found = Proto
			}
		}
	}
	return found, true
}

func formatWord(word []byte) (Format, bool) {
	for f := Cordon; f <= MDSS; f++ {
		if string(word) == formatNames[f] {
			return f, true
		}
	}
	return FormatUnknown, false
}

// isProto compares a media type, without its parameters, in any case of letters.
func isProto(contentType []byte) bool {
	if string(contentType) == ProtoContentType {
		return true
	}
	media, _, _ := bytes.Cut(contentType, []byte{';'})
	return bytes.EqualFold(bytes.TrimSpace(media), []byte(ProtoContentType))
}
