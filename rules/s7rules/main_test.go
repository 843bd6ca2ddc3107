package s7rules

import (
	"testing"

	"plcscope/internal/talk"
)

func TestMain(m *testing.M) { talk.Main(m) }
