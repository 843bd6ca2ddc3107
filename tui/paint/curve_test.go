package paint

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCurve(t *testing.T) {
	nan := math.NaN()
	for _, x := range []struct {
		name   string
		values []float64
		low    float64
		high   float64
		height int
		want   []string
	}{
		{"nothing", nil, 0, 1, 1, []string{""}},
		{"not known", []float64{nan, nan}, 0, 1, 1, []string{"  "}},
		{"constant", []float64{nan, 5, 5}, 5, 5, 1, []string{" ▁▁"}},
		{"switch", []float64{0, 1, 0}, 0, 1, 1, []string{"▁█▁"}},
		{"below zero", []float64{-10, -3, 4}, -10, 4, 1, []string{"▁▅█"}},
		{"two lines", []float64{0, 7, 8, 15}, 0, 15, 2, []string{"  ▁█", "▁███"}},
		{"extremes", []float64{-math.MaxFloat64, 0, math.MaxFloat64}, -math.MaxFloat64, math.MaxFloat64, 1, []string{"▁▅█"}},
		{"beyond the ends", []float64{-1, 2}, 0, 1, 1, []string{"▁█"}},
	} {
		if d := cmp.Diff(x.want, Curve(x.values, x.low, x.high, x.height)); d != "" {
			t.Errorf("%s: %s", x.name, d)
		}
	}
}
