package redisindex

import (
	"strconv"
	"strings"
)

const (
	storeKey   = "{cordon}:store"
	changesKey = "{cordon}:changes"
	tagsKey    = "{cordon}:register:tags"
	tagsField  = "register_tags" // of the store hash: register_revision as of which the lists of tags are complete
	// field of the store hash: the number of lists; absent in stores of older programs
	tagCountField = "register_tags_count"
)

// kind is one of the two collections; its text is part of the key names and of the change stream.
type kind string

const (
	zones    kind = "zones"
	register kind = "register"
)

var kinds = []kind{zones, register}

func (k kind) current() string    { return "{cordon}:" + string(k) }
func (k kind) history() string    { return k.current() + ":history" }
func (k kind) superseded() string { return k.current() + ":superseded" }

// field of the store hash that holds the sequence of the newest revision of this kind.
func (k kind) field() string { return string(k) + "_revision" }

// command is the sub-command of cordon that handles this kind.
func (k kind) command() string {
	if k == register {
		return "wearers"
	}
	return "zones"
}

// one names a single document of this kind in a message.
func (k kind) one() string {
	if k == register {
		return "activation"
	}
	return "zone"
}

// version names one revision in the history. Ids may hold any character, but what follows the last @ is the number.
func version(id string, number uint64) string { return id + "@" + strconv.FormatUint(number, 10) }

func cutVersion(field string) (id, number string) {
	at := max(strings.LastIndexByte(field, '@'), 0)
	return field[:at], field[min(at+1, len(field)):]
}
