package ground

import "testing"

func TestHeld(t *testing.T) {
	for requirement, want := range map[string]bool{
		"==2.9.0": true, "===3.19.0": true, "==3.*": true, "== 3.19.0": true, "==3.19.0rc1": true,
		"==4.1.0": false, "==4.*": false, "==4": false, "==5.0": false,
		"<4": true, "<4.0": true, "<4.0.0": true, "<3": true, "<=3.99": true, ">=2,<4": true, ">=2.0, <4": true, "<4,>=2": true,
		"<5": false, "<4.1": false, "<=4": false, ">=2": false, ">2": false, "!=3.1": false, ">=4,<5": false, ">=3,!=4.0.0": false,
		"~=3.2": true, "~=3.2.1": true, "~=4.0": false, "~=4.0.1": false,
		"^2": true, "^2.1": true, "^3.19.0": true, "^4.0": false, "^0.9": true, "~2.1": true, "~3": true, "~4.2": false,
		"^2 || ^3": true, "^3 || ^4": false, "2.9.0": true, "4.2.0": false, "*": false, "": false, "rubbish": false,
	} {
		if got := held(requirement, "==", 4); got != want {
			t.Errorf("held(%q) = %v", requirement, got)
		}
	}
	for requirement, want := range map[string]bool{"=2.9": true, "=4": false, "=4.2": false, "=3": true} {
		if got := held(requirement, "=", 4); got != want {
			t.Errorf("held(%q) for conda = %v", requirement, got)
		}
	}
}

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		version string
		want    bool
	}{{"7.62.3", true}, {"7.63.0", false}, {"7.63", false}, {"7.9", true}, {"6", true}, {"8.0.0", false}, {"7.100.0", false}} {
		r, n := parse(c.version)
		if n != len(c.version) || r.below(7, 63) != c.want {
			t.Errorf("%s: %v of %d bytes, below 7.63: %v", c.version, r, n, r.below(7, 63))
		}
	}
}
